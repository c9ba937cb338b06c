import CPosePNG
import PoseCore
import PoseFormats

extension SegmentationMask {
  /// Reads a PNG whose gray values or palette positions are the labels.
  ///
  /// - Parameters:
  ///   - classes: the names of the classes, by their labels.
  ///   - pixelLimit: the largest number of pixels (width times height) that is accepted.
  /// - Throws: ``MediaError`` where the file cannot be read, or has colors or 16-bit samples instead of labels.
  public init(
    contentsOf path: String, classes: [String] = [], pixelLimit: Int = EncodedImage.defaultPixelLimit
  ) throws(MediaError) {
    try self.init(Source(contentsOf: path, pixelLimit: pixelLimit), classes: classes)
  }

  /// Reads the bytes of a PNG as ``init(contentsOf:classes:pixelLimit:)`` does.
  ///
  /// - Throws: ``MediaError``.
  public init(
    encoded bytes: [UInt8], classes: [String] = [], pixelLimit: Int = EncodedImage.defaultPixelLimit
  ) throws(MediaError) {
    try self.init(Source(path: nil, bytes: bytes, pixelLimit: pixelLimit), classes: classes)
  }

  private init(_ source: Source, classes: [String]) throws(MediaError) {
    guard case .png = try source.kind() else { throw .noMask(path: source.path, reason: "it is no PNG") }
    let (width, height) = try source.pngSize()
    let bytes = source.bytes
    guard bytes.count > 25, [0, 3].contains(bytes[25]), bytes[24] <= 8 else {
      throw .noMask(path: source.path, reason: "it has colors or 16-bit samples")
    }
    let labels = try source.filledSamples(width * height) { (labels) throws(MediaError) in
      let reason = libraryFailure(messageCount: Int(POSE_PNG_MESSAGE)) { message in
        bytes.withUnsafeBufferPointer {
          pose_decode_png_labels($0.baseAddress, $0.count, width, height, labels.baseAddress, message)
        }
      }
      if let reason { throw .damaged(path: source.path, format: "PNG", reason: reason) }
    }
    self.init(size: Size(height: height, width: width), labels: labels, classes: classes)
  }

  /// The mask as the bytes of a PNG whose samples are the labels, with a palette of the classes' colors.
  ///
  /// - Throws: ``MediaError`` where the mask is larger than libpng takes.
  public func png() throws(MediaError) -> [UInt8] {
    guard (1...1_000_000).contains(size.width), (1...1_000_000).contains(size.height) else {
      throw .cannotEncode(
        format: "PNG", reason: "\(size.width) x \(size.height) pixels, but a side has 1 to 1000000")
    }
    // White stands for ignored pixels, and for labels without a class.
    var palette = [UInt8](repeating: 255, count: 3 * 256)
    for (label, color) in SegmentationClasses.colors(of: classes).prefix(Self.maximumClassCount).enumerated() {
      palette.replaceSubrange(3 * label..<3 * label + 3, with: color)
    }
    let target = UnsafeMutablePointer<[UInt8]>.allocate(capacity: 1)
    target.initialize(to: [])
    defer {
      target.deinitialize(count: 1)
      target.deallocate()
    }
    let reason = libraryFailure(messageCount: Int(POSE_PNG_MESSAGE)) { message in
      labels.withUnsafeBufferPointer { labels in
        palette.withUnsafeBufferPointer { palette in
          pose_encode_png_labels(
            size.width, size.height, labels.baseAddress, palette.baseAddress, 256,
            { context, bytes, count in
              context?.assumingMemoryBound(to: [UInt8].self).pointee
                .append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
            }, target, message)
        }
      }
    }
    if let reason { throw .cannotEncode(format: "PNG", reason: reason) }
    return target.pointee
  }

  /// Writes the mask as ``png()`` makes it. The file appears either complete or not at all.
  ///
  /// - Throws: ``MediaError``.
  public func write(to path: String) throws(MediaError) {
    guard path.lowercased().hasSuffix(".png") else { throw .noMaskFormat(path: path) }
    let bytes = try png()
    do {
      try FileBytes.write(bytes, to: path)
    } catch {
      throw .file(error)
    }
  }
}
