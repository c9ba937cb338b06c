@preconcurrency import AVFoundation

/// The newest frames of the back camera. Frames that come while one is looked at are dropped.
final class Camera: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate, @unchecked Sendable {
  /// A frame of 32-bit BGRA and its time in seconds.
  struct Sample: @unchecked Sendable {
    let pixels: CVPixelBuffer
    let time: Double
  }

  enum Failure: Error, CustomStringConvertible {
    case notAllowed, noCamera

    var description: String {
      switch self {
      case .notAllowed: "Allow the camera in Settings, under Privacy"
      case .noCamera: "This device has no camera that can be used"
      }
    }
  }

  let frames: AsyncStream<Sample>
  private let continuation: AsyncStream<Sample>.Continuation
  private let session = AVCaptureSession()
  private let queue = DispatchQueue(label: "camera")

  @MainActor
  init(position: AVCaptureDevice.Position = .back) async throws {
    guard await AVCaptureDevice.requestAccess(for: .video) else { throw Failure.notAllowed }
    (frames, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    super.init()
    let device = AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: position)
    guard let device, let input = try? AVCaptureDeviceInput(device: device), session.canAddInput(input) else {
      throw Failure.noCamera
    }
    session.sessionPreset = .vga640x480
    session.addInput(input)
    let output = AVCaptureVideoDataOutput()
    output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_32BGRA]
    output.alwaysDiscardsLateVideoFrames = true
    output.setSampleBufferDelegate(self, queue: queue)
    guard session.canAddOutput(output) else { throw Failure.noCamera }
    session.addOutput(output)
    if let connection = output.connection(with: .video), connection.isVideoRotationAngleSupported(90) {
      connection.videoRotationAngle = 90
    }
    queue.async { [session] in session.startRunning() }
  }

  deinit { session.stopRunning() }

  func captureOutput(_: AVCaptureOutput, didOutput sample: CMSampleBuffer, from _: AVCaptureConnection) {
    guard let pixels = sample.imageBuffer else { return }
    continuation.yield(Sample(pixels: pixels, time: sample.presentationTimeStamp.seconds))
  }
}
