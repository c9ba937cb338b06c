import PoseCore
import PoseFormats
import PoseImage

/// A JPEG or PNG picture as its file holds it, its header read and its pixels not yet decoded.
///
/// Whoever needs only a part of a picture, or a smaller one, can spare much of the decoding: an estimator with boxes does.
public struct EncodedImage: Sendable {
  /// Pixels in a row of the upright picture.
  public let width: Int
  /// Rows of the upright picture.
  public let height: Int

  let source: Source
  let format: Format

  enum Format: Sendable {
    case jpeg(JPEGHeader, Orientation)
    case png
  }

  /// Reads a file and its header.
  ///
  /// - Parameter pixelLimit: the most pixels (width times height) that memory is taken for.
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

/// How faithfully a picture is decoded for crops that are known beforehand.
public enum Decoding: String, Sendable, Hashable, CaseIterable {
  /// Every pixel that a crop is made of has the value that OpenCV gives it.
  case exact
  /// A JPEG is decoded at 1/2, 1/4 or 1/8 of its size where every crop still gets at least a pixel for each of its own.
  /// Faster for large pictures; crops are smoother where they would have skipped pixels, and keypoints move a little.
  case reduced
}

/// A picture that may have been decoded at a part of its size, and how it lies in the whole.
package struct ReducedView {
  package let view: PixelView
  /// From the view's pixels to those of the upright picture; nil where they are the same.
  package let placement: AffineTransform?
}

extension EncodedImage {
  /// Lends the upright pixels for as long as `body` runs.
  ///
  /// - Parameters:
  ///   - reduction: how many times smaller the picture may be: it becomes 1/8, 1/4 or 1/2 of its size, or stays.
  ///   - region: what will be looked at, in pixels of the upright picture. Pixels elsewhere may be of any colour; much of
  ///     the work for those is spared. Nil for all.
  ///   - memory: holds the pixels; the same for one picture after another saves asking the system for more.
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
  /// From the pixels of an upright picture at 1/`factor` of its size to those of the whole one. A small pixel lies in the
  /// middle of those that it stands for, and the last ones of the stored rows and columns may stand for fewer.
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

/// Memory for a picture's pixels that the next picture uses again.
package final class PixelMemory {
  private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  package init() {}

  deinit { memory.deallocate() }

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
