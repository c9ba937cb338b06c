#if canImport(CoreVideo)
  import CoreVideo

  extension Image {
    /// Copies a picture of AVFoundation or Core Image, such as a camera's frame.
    ///
    /// Ask for pixels of `kCVPixelFormatType_32BGRA`, by `AVCaptureVideoDataOutput.videoSettings` or the output settings of an
    /// `AVAssetReaderTrackOutput`:
    ///
    /// ```swift
    /// func captureOutput(_: AVCaptureOutput, didOutput sample: CMSampleBuffer, from _: AVCaptureConnection) {
    ///   guard let buffer = sample.imageBuffer, let image = try? Image(buffer) else { return }
    ///   let people = try? follower.people(in: image, at: sample.presentationTimeStamp.seconds)
    /// }
    /// ```
    ///
    /// - Parameter buffer: of 32-bit BGRA, RGBA or ARGB, or 24-bit RGB.
    /// - Throws: ``ImageError/unknownPixelFormat(_:)`` for pixels of another form.
    public init(_ buffer: CVPixelBuffer) throws(ImageError) {
      let format = CVPixelBufferGetPixelFormatType(buffer)
      // The bytes of a pixel, and the places of red, green and blue among them.
      let (count, red, green, blue): (Int, Int, Int, Int)
      switch format {
      case kCVPixelFormatType_32BGRA: (count, red, green, blue) = (4, 2, 1, 0)
      case kCVPixelFormatType_32RGBA: (count, red, green, blue) = (4, 0, 1, 2)
      case kCVPixelFormatType_32ARGB: (count, red, green, blue) = (4, 1, 2, 3)
      case kCVPixelFormatType_24RGB: (count, red, green, blue) = (3, 0, 1, 2)
      default: throw .unknownPixelFormat(format)
      }
      let (width, height) = (CVPixelBufferGetWidth(buffer), CVPixelBufferGetHeight(buffer))
      CVPixelBufferLockBaseAddress(buffer, .readOnly)
      defer { CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
      guard width > 0, height > 0, let address = CVPixelBufferGetBaseAddress(buffer) else {
        throw .invalidSize(width: width, height: height)
      }
      let bytesPerRow = CVPixelBufferGetBytesPerRow(buffer)
      let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { target, filled in
        for row in 0..<height {
          let source = (address + row * bytesPerRow).assumingMemoryBound(to: UInt8.self)
          for column in 0..<width {
            let (from, to) = (count * column, 3 * (row * width + column))
            target[to] = source[from + red]
            target[to + 1] = source[from + green]
            target[to + 2] = source[from + blue]
          }
        }
        filled = 3 * width * height
      }
      try self.init(width: width, height: height, pixels: pixels)
    }
  }
#endif
