import PoseCore
import PoseData
import PoseEstimation
import PoseFormats
import PoseImage
import PoseMedia

/// The poses that a network finds in the pictures of a dataset.
public struct DatasetRun: Sendable {
  public let dataset: Dataset
  /// By picture and in the order of the dataset's people, without those of other shards and of pictures that could not be
  /// read.
  public private(set) var estimates: [Estimate] = []
  /// What could not be used.
  public private(set) var problems = DatasetProblems()

  /// A pose that the network found in a picture.
  public struct Estimate: Sendable, Codable {
    /// The index in ``Dataset/pictures``.
    public var picture: Int
    /// The index in ``Dataset/people`` of the person who was looked at; nil where the network found people by itself.
    public var person: Int?
    /// In pixels of the picture.
    public var keypoints: [Keypoint]
    /// How sure the source of the person's box is; the pose's own score where the network found it by itself.
    public var score: Double
    /// Of the region that was looked at, in square pixels of the picture.
    public var area: Double
  }

  /// Estimates everybody, pictures side by side.
  ///
  /// - Parameters:
  ///   - pipeline: its network should use one thread, as pictures run side by side. A network that needs people gets the
  ///     dataset's.
  ///   - threads: pictures at once.
  ///   - pixelLimit: the largest number of pixels of a picture that is decoded.
  ///   - bad: what happens to pictures that cannot be read.
  ///   - progress: is told of every picture that is done.
  /// - Throws: ``DatasetProblem`` where `bad` refuses one, and what the pipeline throws.
  public init(
    _ pipeline: PosePipeline, _ dataset: Dataset, shard: Shard = .whole, threads: Int, decoding: Decoding = .exact,
    pixelLimit: Int = EncodedImage.defaultPixelLimit, bad: BadRecords = .skip,
    progress: () -> Void = {}
  ) throws {
    try self.init(
      pipeline, dataset, degradation: nil, shard: shard, threads: threads, decoding: decoding, pixelLimit: pixelLimit,
      bad: bad, progress: progress)
  }

  /// The same with the pictures around people degraded.
  ///
  /// - Parameter degradation: for networks that need people, who are looked at one after another; nil for none.
  package init(
    _ pipeline: PosePipeline, _ dataset: Dataset, degradation: PersonDegradation?, shard: Shard = .whole, threads: Int,
    decoding: Decoding = .exact, pixelLimit: Int = EncodedImage.defaultPixelLimit, bad: BadRecords = .skip,
    progress: () -> Void = {}
  ) throws {
    self.dataset = dataset
    let people = Dictionary(grouping: dataset.people.indices) { dataset.people[$0].picture }
    // A picture without people is of no use to a network that needs them.
    let pictures = (pipeline.network.needsPeople ? people.keys.sorted() : Array(dataset.pictures.indices))
      .filter(shard.contains)
    try forEachResult(of: pictures.count, threads: threads) { index in
      Outcome(
        pictures[index], people[pictures[index]] ?? [], of: dataset, pipeline, degradation, decoding,
        pixelLimit: pixelLimit)
    } _: { _, outcome in
      progress()
      switch outcome {
      case .estimates(let found): estimates += found
      case .unreadable(let problem): try problems.append(problem, bad)
      case .failure(let error): throw error
      }
      return true
    }
    sort()
  }

  /// Adds what other processes found in their shards.
  public mutating func add(_ others: [Estimate]) {
    estimates += others.filter { estimate in
      dataset.pictures.indices.contains(estimate.picture)
        && estimate.person.map(dataset.people.indices.contains) ?? true
    }
    sort()
  }

  /// By person, or in the order in which they were found where they belong to none.
  private mutating func sort() {
    let order = estimates.indices.sorted { a, b in
      let (first, second) = (estimates[a], estimates[b])
      return (first.person ?? first.picture, a) < (second.person ?? second.picture, b)
    }
    estimates = order.map { estimates[$0] }
  }

  private enum Outcome: Sendable {
    case estimates([Estimate])
    case unreadable(DatasetProblem)
    case failure(any Error)

    init(
      _ picture: Int, _ people: [Int], of dataset: Dataset, _ pipeline: PosePipeline, _ degradation: PersonDegradation?,
      _ decoding: Decoding, pixelLimit: Int
    ) {
      let path = dataset.pictures[picture].path
      do {
        let encoded = try EncodedImage(contentsOf: path, pixelLimit: pixelLimit, decoding: decoding)
        let network = pipeline.network
        let regions = network.needsPeople ? people.map { dataset.region(of: dataset.people[$0]) } : []
        let poses =
          if let degradation {
            try pipeline.poses(in: encoded.decoded(), degradedBy: degradation, people: Array(zip(people, regions)))
          } else {
            try pipeline.poses(in: Picture(encoded, decoding: decoding, path: path), people: regions)
          }
        self = .estimates(
          poses.enumerated().map { index, pose in
            Estimate(
              picture: picture, person: network.needsPeople ? people[index] : nil, keypoints: pose.keypoints,
              score: network.needsPeople ? regions[index].detection.score : pose.score, area: pose.area)
          })
      } catch let error as MediaError {
        self = .unreadable(.unreadablePicture(path: path, reason: "\(error)"))
      } catch {
        self = .failure(error)
      }
    }
  }
}

extension PosePipeline {
  /// The pose of each person in a degraded picture of the person alone, in pixels of the picture.
  fileprivate func poses(
    in picture: Image, degradedBy degradation: PersonDegradation, people: [(number: Int, region: PersonRegion)]
  ) throws -> [Pose] {
    try people.flatMap { number, region in
      let degraded = try degradation(region, number: number, of: picture)
      return try poses(in: Picture(degraded.image), people: [degraded.region]).map { pose in
        var pose = pose
        pose.boundingBox = region.detection.boundingBox
        for joint in pose.keypoints.indices {
          pose.keypoints[joint].position.x += degraded.origin.x
          pose.keypoints[joint].position.y += degraded.origin.y
        }
        return pose
      }
    }
  }
}

extension Dataset {
  /// Where a network looks for a person, and the joints that one that refines them begins with.
  func region(of person: Person) -> PersonRegion {
    let keypoints = Array(keypoints(of: person))
    switch person.place {
    case .box(let box):
      return PersonRegion(Detection(box, score: person.score), boxRule: boxRule, keypoints: keypoints)
    case .body(let center, let scale):
      let side = scale * 200
      let box = BoundingBox(x: center.x - side / 2, y: center.y - side / 2, width: side, height: side)
      return PersonRegion(
        Detection(box, score: person.score), crop: CropGeometry(center: center, scaleX: scale, scaleY: scale),
        keypoints: keypoints)
    }
  }
}
