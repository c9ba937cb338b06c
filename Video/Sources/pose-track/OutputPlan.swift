import PoseCore
import PoseTracking
import PoseVideo

/// The files that are written for a video.
struct OutputPlan {
  /// What the video is called.
  let name: String
  let video: String?
  let json: String?
  let csv: String?
  let coco: String?
  let poseTrack: String?
  let openpose: OutputFolder?
  let trc: OutputFolder?
  let plot: OutputFolder?
  let options: OutputOptions

  var paths: [String] { [video, json, csv, coco, poseTrack].compactMap(\.self) }

  /// Writers whose files can be written; none is emptied before its first frame.
  ///
  /// - Parameters:
  ///   - video: whose sound is copied, where it has any and is not live.
  ///   - start: the time of the video at which the drawn one begins.
  ///   - rate: frames a second.
  ///   - isOver: whether somebody wants the work to end.
  func writers(
    skeleton: Skeleton, video source: String, of information: VideoReader.Information, start: Double, rate: Double?,
    isOver: @escaping () -> Bool
  ) throws -> [any TrackWriter] {
    var writers: [any TrackWriter] = []
    let (threshold, angles) = (options.jointThreshold, options.angles ? JointAngle.all : [])
    // First, so that no other file is emptied where the encoder cannot be used.
    var sinks: [any PictureSink] = []
    let hasSound = source != "-" && !information.isLive && information.hasSound
    if let video {
      sinks.append(VideoFile(video, settings: settings(sound: hasSound ? source : nil, start: start, rate: rate)))
    }
    if options.live { sinks.append(try LivePlayer(name, rate: rate ?? 25, isOver: isOver)) }
    if !sinks.isEmpty { writers.append(DrawnVideoWriter(sinks, from: start, look: look)) }
    if let json { writers.append(try JSONLinesWriter(json, jointThreshold: threshold, angles: angles)) }
    if let csv {
      writers.append(try CSVWriter(csv, skeleton: skeleton, jointThreshold: threshold, angles: angles))
    }
    if let coco { writers.append(try COCOTrackWriter(coco)) }
    if let poseTrack { writers.append(try PoseTrackWriter(poseTrack, video: name, jointThreshold: threshold)) }
    if let openpose { writers.append(OpenPoseWriter(openpose, jointThreshold: threshold)) }
    if let trc { writers.append(TRCWriter(trc, skeleton: skeleton, rate: rate, jointThreshold: threshold)) }
    let counter = options.count.flatMap(JointAngle.named).map { RepetitionCounter($0, jointThreshold: threshold) }
    if let counter { writers.append(counter) }
    if let plot { writers.append(AnglePlotter(plot, jointThreshold: threshold, counter: counter)) }
    return writers
  }

  private func settings(sound: String?, start: Double, rate: Double?) -> VideoWriter.Options {
    var settings = VideoWriter.Options()
    if let encoder = options.encoder { settings.encoder = encoder }
    (settings.start, settings.rate, settings.sound) = (start, rate, sound)
    return settings
  }

  private var look: DrawnVideoWriter.Look {
    var look = DrawnVideoWriter.Look()
    (look.trails, look.isSkeletonOnly) = (options.trails ?? look.trails, options.skeletonOnly)
    (look.isSideBySide, look.jointThreshold) = (options.sideBySide, options.jointThreshold)
    if options.blurFaces { look.blur = FaceBlur(jointThreshold: options.jointThreshold) }
    return look
  }
}
