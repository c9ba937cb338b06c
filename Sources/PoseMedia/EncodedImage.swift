import PoseCore
import PoseFormats
import PoseImage

/// An encoded picture (JPEG, PNG, WebP, HEIC or AVIF), whose header has been read but whose pixels have not been decoded.
///
/// If only a part of the picture or a smaller picture is needed, much of the decoding can be skipped. An estimator that
/// is given boxes does so.
public struct EncodedImage: Sendable {
  /// The number of pixels in a row of the upright picture.
  public let width: Int
  /// The number of rows of the upright picture.
  public let height: Int

  let source: Source
  let format: Format

  enum Format: Sendable {
    case jpeg(JPEGHeader, Orientation)
    /// The width and height are those of the stored picture, before it is turned.
    case png(width: Int, height: Int, Orientation)
    case webP(WebPHeader, Orientation)
    /// The format is HEIC or AVIF. The width and height are those of the upright picture.
    case heif(PictureFormat, width: Int, height: Int)
  }

  /// The default limit of a picture's pixels: 256 million. Phones make pictures of up to 200 million.
  public static let defaultPixelLimit = 256_000_000

  /// Reads a file and its header.
  ///
  /// - Parameters:
  ///   - pixelLimit: the most pixels (width times height) that memory is taken for.
  ///   - decoding: `.reduced` also accepts a larger JPEG, or WebP that is neither lossless nor transparent, if it is
  ///     within the limit at 1/8 of its width and height. It can then be decoded at a reduced size only.
  /// - Throws: ``MediaError``.
  public init(
    contentsOf path: String, pixelLimit: Int = EncodedImage.defaultPixelLimit, decoding: Decoding = .exact
  ) throws(MediaError) {
    self = try Self(Source(contentsOf: path, pixelLimit: pixelLimit), decoding)
  }

  /// Reads the header in a file's bytes.
  ///
  /// - Throws: ``MediaError``.
  public init(
    _ bytes: [UInt8], pixelLimit: Int = EncodedImage.defaultPixelLimit, decoding: Decoding = .exact
  ) throws(MediaError) {
    self = try Self(Source(path: nil, bytes: bytes, pixelLimit: pixelLimit), decoding)
  }

  init(_ source: Source, _ decoding: Decoding) throws(MediaError) {
    self.source = source
    switch try source.kind() {
    case .jpeg:
      let header = try source.jpegHeader(factor: decoding == .reduced ? 8 : 1)
      let orientation = Orientation(jpeg: source.bytes)
      format = .jpeg(header, orientation)
      (width, height) = orientation.swapsSides ? (header.height, header.width) : (header.width, header.height)
    case .png:
      let stored = try source.pngSize()
      let orientation = Orientation(tiff: PNGChunks(source.bytes).exif)
      format = .png(width: stored.width, height: stored.height, orientation)
      (width, height) = orientation.swapsSides ? (stored.height, stored.width) : stored
    case .webP:
      let header = try source.webPHeader(factor: decoding == .reduced ? 8 : 1)
      let orientation = Orientation(tiff: WebPChunks(source.bytes).exif)
      format = .webP(header, orientation)
      (width, height) = orientation.swapsSides ? (header.height, header.width) : (header.width, header.height)
    case let kind:
      (width, height) = try source.heifSize(kind)
      format = .heif(kind, width: width, height: height)
    }
  }

  /// All the pixels, as ``PoseCore/Image/init(encoded:pixelLimit:)`` gives them.
  ///
  /// - Throws: ``MediaError``.
  public func decoded() throws(MediaError) -> Image { try source.decoded() }
}

/// The accuracy with which a picture is decoded for crops that are known in advance.
public enum Decoding: String, Sendable, Hashable, CaseIterable {
  /// Every pixel that contributes to a crop has the value that OpenCV gives it.
  case exact
  /// A JPEG or lossy WebP is decoded at 1/2, 1/4 or 1/8 of its size if every crop still gets at least one pixel for each of its own.
  /// This is faster for large pictures. Crops that would otherwise have skipped pixels are smoother, and keypoints move
  /// slightly.
  case reduced
}

/// A picture that may have been decoded at a fraction of its size, and its placement in the full-size picture.
package struct ReducedView {
  package let view: PixelView
  /// Maps the view's pixels to those of the upright picture; nil if they are the same.
  package let placement: AffineTransform?
}

extension EncodedImage {
  /// Passes the upright pixels to `body`. They are valid only while it runs.
  ///
  /// - Parameters:
  ///   - reduction: how many times smaller the picture may be. It is decoded at 1/8, 1/4 or 1/2 of its size, or in
  ///     full.
  ///   - region: the part that is needed, in pixels of the upright picture, or nil for all of it. Pixels elsewhere may
  ///     have any color, because most of the work for them is skipped.
  ///   - memory: holds the pixels. Passing the same object for many pictures avoids allocating memory for each.
  package func withPixels<Result>(
    reduction: Double = 1, region: BoundingBox? = nil, memory: PixelMemory, _ body: (ReducedView) throws -> Result
  ) throws -> Result {
    switch format {
    case .jpeg(let header, _) where header.isCMYK:
      return try decoded().withView { try body(ReducedView(view: $0, placement: nil)) }
    case .jpeg(let header, let orientation):
      let factor = Self.factor(reduction)
      try source.checkSize(header.width, header.height, factor: factor, format: "JPEG")
      let (columns, rows) = (header.width.dividedUp(by: factor), header.height.dividedUp(by: factor))
      let samples = try source.samples(columns, rows, memory)
      if let region, orientation == .upright {
        try source.decodeJPEG(header, region: region, factor: factor, into: samples)
      } else {
        try source.decodeJPEG(header, factor: factor, into: samples)
      }
      let placement = factor == 1 ? nil : orientation.placement(of: header, factor: factor)
      return try source.lend(samples, columns, rows, orientation, placement, body)
    case .webP(let header, let orientation):
      let factor = header.canBeReduced ? Self.factor(reduction) : 1
      try source.checkSize(header.width, header.height, factor: factor, format: "WebP")
      let (columns, rows) = (header.width.dividedUp(by: factor), header.height.dividedUp(by: factor))
      let samples = try source.samples(columns, rows, memory, workspace: header.workspace)
      try source.decodeWebP(header, factor: factor, into: samples)
      let placement = factor == 1 ? nil : orientation.placement(of: header, columns: columns, rows: rows)
      return try source.lend(samples, columns, rows, orientation, placement, body)
    case .png(let columns, let rows, let orientation):
      let samples = try source.samples(columns, rows, memory)
      try source.decodePNG(width: columns, height: rows, into: samples)
      return try source.lend(samples, columns, rows, orientation, nil, body)
    case .heif(let format, let columns, let rows):
      let samples = try source.samples(columns, rows, memory, workspace: source.heifWorkspace(columns, rows))
      try source.decodeHEIF(format, width: columns, height: rows, into: samples)
      return try source.lend(samples, columns, rows, .upright, nil, body)
    }
  }

  /// The largest factor by which the sides of a picture can be reduced.
  private static func factor(_ reduction: Double) -> Int { [8, 4, 2].first { Double($0) <= reduction } ?? 1 }
}

extension Source {
  fileprivate func samples(
    _ columns: Int, _ rows: Int, _ memory: PixelMemory, workspace: Int = 0
  ) throws(MediaError) -> UnsafeMutableBufferPointer<UInt8> {
    let count = columns * rows * 3
    try checkMemory((memory.count < count ? count : 0) + workspace)
    return memory.bytes(count: count)
  }

  /// Lends stored pixels turned upright.
  fileprivate func lend<Result>(
    _ samples: UnsafeMutableBufferPointer<UInt8>, _ columns: Int, _ rows: Int, _ orientation: Orientation,
    _ placement: AffineTransform?, _ body: (ReducedView) throws -> Result
  ) throws -> Result {
    if orientation == .upright {
      let view = try PixelView(UnsafeBufferPointer(samples), width: columns, height: rows)
      return try body(ReducedView(view: view, placement: placement))
    }
    try checkMemory(samples.count)
    let upright = orientation.applied(to: UnsafeBufferPointer(samples), width: columns, height: rows)
    return try upright.pixels.withUnsafeBufferPointer {
      let view = try PixelView($0, width: upright.width, height: upright.height)
      return try body(ReducedView(view: view, placement: placement))
    }
  }
}

extension Orientation {
  /// Maps the pixels of an upright picture at 1/`factor` of its size to those of the full-size picture. A pixel of the
  /// reduced picture lies in the middle of the pixels that it replaces, and the last pixels of the stored rows and
  /// columns may replace fewer.
  fileprivate func placement(of header: JPEGHeader, factor: Int) -> AffineTransform {
    func offset(_ extent: Int, isReversed: Bool) -> Double {
      let middle = Double(factor - 1) / 2
      return isReversed ? Double(extent - 1 - factor * (extent.dividedUp(by: factor) - 1)) - middle : middle
    }
    let x = offset(header.width, isReversed: reversesColumns)
    let y = offset(header.height, isReversed: reversesRows)
    let scale = Double(factor)
    return AffineTransform(a: scale, b: 0, tx: swapsSides ? y : x, c: 0, d: scale, ty: swapsSides ? x : y)
  }
}

extension Orientation {
  /// Maps the pixels of an upright WebP of fewer columns and rows, each of which covers an equal share of the picture, to
  /// those of the full-size picture.
  fileprivate func placement(of header: WebPHeader, columns: Int, rows: Int) -> AffineTransform {
    let (x, y) = (Double(header.width) / Double(columns), Double(header.height) / Double(rows))
    let (across, down) = swapsSides ? (y, x) : (x, y)
    return AffineTransform(a: across, b: 0, tx: (across - 1) / 2, c: 0, d: down, ty: (down - 1) / 2)
  }
}

extension Int {
  func dividedUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}

/// Memory for a picture's pixels that is reused for the next picture.
package final class PixelMemory {
  private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  package init() {}

  deinit { memory.deallocate() }

  var count: Int { memory.count }

  /// At least one byte, of any content.
  func bytes(count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    if memory.count < count {
      memory.deallocate()
      memory = .allocate(capacity: count)
      memory.initialize(repeating: 0)
    }
    return UnsafeMutableBufferPointer(rebasing: memory[..<count])
  }
}
