import CPosePNG
import PoseCore
import PoseImage

extension Source {
  /// Decodes with libpng to the stored samples, as OpenCV does, and turns the picture upright.
  ///
  /// - Parameter keepsAlpha: whether the transparency is decoded, too.
  func decodedPNG(keepingAlpha keepsAlpha: Bool = false) throws(MediaError) -> (image: Image, alpha: [UInt8]?) {
    let (width, height) = try pngSize()
    let chunks = PNGChunks(bytes)
    let orientation = Orientation(tiff: chunks.exif)
    var alpha = keepsAlpha && chunks.hasAlpha ? [UInt8](repeating: 0, count: width * height) : nil
    let pixels: [UInt8]
    do {
      pixels = try pngSamples(width: width, height: height, alpha: &alpha)
    } catch {
      // Perhaps only the transparency is corrupt.
      guard alpha != nil else { throw error }
      alpha = nil
      pixels = try pngSamples(width: width, height: height, alpha: &alpha)
    }
    let image = try upright(pixels, orientation, width: width, height: height, format: "PNG")
    return (image, alpha.map { orientation.applied(toAlpha: $0, width: width, height: height) })
  }

  /// Width and height as they are stored, by the first chunk.
  func pngSize() throws(MediaError) -> (width: Int, height: Int) {
    guard bytes.count >= 24, bytes[12..<16].elementsEqual("IHDR".utf8) else {
      throw damagedPNG("it does not begin with a header")
    }
    func number(at position: Int) -> Int { bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) } }
    let (width, height) = (number(at: 16), number(at: 20))
    try checkSize(width, height, format: "PNG")
    return (width, height)
  }

  /// Decodes to interleaved RGB samples as they are stored.
  ///
  /// - Parameter alpha: receives one sample for each pixel of a picture that has transparency; nil for none.
  func decodePNG(
    width: Int, height: Int, into samples: UnsafeMutableBufferPointer<UInt8>,
    alpha: UnsafeMutableBufferPointer<UInt8>? = nil
  ) throws(MediaError) {
    precondition(samples.count >= width * height * 3, "the memory is too small for the picture")
    let reason = pngFailure { message in
      bytes.withUnsafeBufferPointer {
        pose_decode_png($0.baseAddress, $0.count, width, height, samples.baseAddress, alpha?.baseAddress, message)
      }
    }
    if let reason { throw damagedPNG(reason) }
  }

  private func pngSamples(width: Int, height: Int, alpha: inout [UInt8]?) throws(MediaError) -> [UInt8] {
    let count = width * height * 3
    try checkMemory(count)
    var failure: MediaError?
    let samples = [UInt8](unsafeUninitializedCapacity: count) { samples, initialized in
      samples.initialize(repeating: 0)
      initialized = count
      do throws(MediaError) {
        guard var plane = alpha else { return try decodePNG(width: width, height: height, into: samples) }
        // Only one reference is left, so that the plane is written without being copied.
        alpha = nil
        try plane.withUnsafeMutableBufferPointer { (plane) throws(MediaError) in
          try decodePNG(width: width, height: height, into: samples, alpha: plane)
        }
        alpha = plane
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return samples
  }

  private func damagedPNG(_ reason: String) -> MediaError {
    .damaged(path: path, format: "PNG", reason: reason)
  }
}

extension Image {
  /// The picture as the bytes of a PNG file, which is lossless.
  ///
  /// - Throws: ``MediaError`` where the picture is larger than libpng takes.
  public func png() throws(MediaError) -> [UInt8] { try png(keeping: PictureExtras()) }

  /// - Parameter extras: what the file holds besides the colors.
  package func png(keeping extras: PictureExtras) throws(MediaError) -> [UInt8] {
    guard width <= 1_000_000, height <= 1_000_000 else {
      throw .cannotEncode(format: "PNG", reason: "\(width) x \(height) pixels, but a side has at most 1000000")
    }
    let alpha = extras.alpha.flatMap { $0.count == width * height ? $0 : nil } ?? []
    let (profile, exif) = (extras.profile ?? [], extras.exif ?? [])
    let target = UnsafeMutablePointer<[UInt8]>.allocate(capacity: 1)
    target.initialize(to: [])
    defer {
      target.deinitialize(count: 1)
      target.deallocate()
    }
    let reason = pngFailure { message in
      pixels.withUnsafeBufferPointer { pixels in
        alpha.withUnsafeBufferPointer { alpha in
          profile.withUnsafeBufferPointer { profile in
            exif.withUnsafeBufferPointer { exif in
              pose_encode_png(
                pose_png_picture(
                  width: width, height: height, rgb: pixels.baseAddress,
                  alpha: alpha.isEmpty ? nil : alpha.baseAddress,
                  profile: profile.isEmpty ? nil : profile.baseAddress, profile_count: profile.count,
                  exif: exif.isEmpty ? nil : exif.baseAddress, exif_count: exif.count),
                { context, bytes, count in
                  context?.assumingMemoryBound(to: [UInt8].self).pointee
                    .append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                }, target, message)
            }
          }
        }
      }
    }
    if let reason { throw .cannotEncode(format: "PNG", reason: reason) }
    return target.pointee
  }
}

/// Why a call of one of the C functions failed, or nil where it succeeded.
private func pngFailure(_ call: (UnsafeMutablePointer<CChar>) -> Int32) -> String? {
  libraryFailure(messageCount: Int(POSE_PNG_MESSAGE), call)
}
