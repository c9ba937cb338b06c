import PoseCore
import PoseFormats
import PoseImage

/// An encoded JPEG or PNG picture, whose header has been read but whose pixels have not been decoded.
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
    case png
  }

  /// Reads a file and its header.
  ///
  /// - Parameter pixelLimit: the largest number of pixels (width times height) that is accepted.
  /// - Throws: ``MediaError``.
  public init(contentsOf path: String, pixelLimit: Int = 100_000_000) throws(MediaError) {
    self = try Self(Source(contentsOf: path, pixelLimit: pixelLimit))
  }

  /// Reads the header in a file's bytes.
  ///
  /// - Throws: ``MediaError``.
  public init(_ bytes: [UInt8], pixelLimit: Int = 100_000_000) throws(MediaError) {
    self = try Self(Source(path: nil, bytes: bytes, pixelLimit: pixelLimit))
  }

  private init(_ source: Source) throws(MediaError) {
    self.source = source
    switch try source.kind() {
    case .jpeg:
      let header = try source.jpegHeader()
      let orientation = Orientation(jpeg: source.bytes)
      format = .jpeg(header, orientation)
      (width, height) = orientation.swapsSides ? (header.height, header.width) : (header.width, header.height)
    case .png:
      (width, height) = try source.pngSize()
      format = .png
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
  /// A JPEG is decoded at 1/2, 1/4 or 1/8 of its size if every crop still gets at least one pixel for each of its own.
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
    guard case .jpeg(let header, let orientation) = format, !header.isCMYK else {
      return try decoded().withView { try body(ReducedView(view: $0, placement: nil)) }
    }
    let factor = [8, 4, 2].first { Double($0) <= reduction } ?? 1
    let (columns, rows) = (header.width.dividedUp(by: factor), header.height.dividedUp(by: factor))
    let samples = memory.bytes(count: columns * rows * 3)
    if let region, orientation == .upright {
      try source.decodeJPEG(header, region: region, factor: factor, into: samples)
    } else {
      try source.decodeJPEG(header, factor: factor, into: samples)
    }
    let placement = factor == 1 ? nil : orientation.placement(of: header, factor: factor)
    if orientation == .upright {
      let view = try PixelView(UnsafeBufferPointer(samples), width: columns, height: rows)
      return try body(ReducedView(view: view, placement: placement))
    }
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

extension Int {
  func dividedUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}

/// Memory for a picture's pixels that is reused for the next picture.
package final class PixelMemory {
  private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  package init() {}

  deinit { memory.deallocate() }

  /// Memory of `count` bytes, at least one, with arbitrary contents.
  func bytes(count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    if memory.count < count {
      memory.deallocate()
      memory = .allocate(capacity: count)
      memory.initialize(repeating: 0)
    }
    return UnsafeMutableBufferPointer(rebasing: memory[..<count])
  }
}
