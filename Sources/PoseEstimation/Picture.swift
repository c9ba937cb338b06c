import PoseCore
import PoseImage

#if canImport(PoseMedia)
  import PoseMedia
#endif

/// A picture that people are looked for in, its pixels decoded or not yet.
public struct Picture {
  /// Of the upright picture, in pixels. Boxes and poses are in these pixels.
  public let size: Size
  /// The file that the picture comes from, for detectors that know people by their picture's file; nil where there is none.
  public let path: String?
  private let source: Source

  private enum Source {
    case image(Image)
    case memory(PixelView)
    #if canImport(PoseMedia)
      case encoded(EncodedImage, Decoding)
    #endif
  }

  /// A picture that is decoded.
  ///
  /// - Parameters:
  ///   - image: the upright pixels.
  ///   - path: the file that the image was read from.
  public init(_ image: Image, path: String? = nil) {
    size = Size(height: image.height, width: image.width)
    (source, self.path) = (.image(image), path)
  }

  /// A picture in memory that somebody else keeps for as long as it is looked at.
  package init(_ view: PixelView) {
    size = Size(height: view.height, width: view.width)
    (source, path) = (.memory(view), nil)
  }

  #if canImport(PoseMedia)
    /// A picture that is decoded when its pixels are needed.
    ///
    /// - Parameters:
    ///   - encoded: the bytes of a picture file.
    ///   - decoding: `.reduced` decodes large JPEGs at 1/2, 1/4 or 1/8 of their size where the regions that a network looks
    ///     at allow it, which is faster and moves keypoints a little.
    ///   - path: the file that it was read from.
    public init(_ encoded: EncodedImage, decoding: Decoding = .exact, path: String? = nil) {
      size = Size(height: encoded.height, width: encoded.width)
      (source, self.path) = (.encoded(encoded, decoding), path)
    }
  #endif

  private init(_ view: PixelView, path: String?) {
    size = Size(height: view.height, width: view.width)
    (source, self.path) = (.memory(view), path)
  }

  /// Lends the same picture with its pixels decoded, where they are to be exact; reduced ones are decoded for each look.
  func withDecoded<Result>(_ workspace: Workspace, _ body: (Picture) throws -> Result) throws -> Result {
    #if canImport(PoseMedia)
      if case .encoded(let encoded, .exact) = source {
        return try encoded.withPixels(memory: workspace.picture) { try body(Picture($0.view, path: path)) }
      }
    #endif
    return try body(self)
  }

  /// The upright pixels.
  func upright() throws -> Image {
    switch source {
    case .image(let image): image
    case .memory(let view): try Image(view)
    #if canImport(PoseMedia)
      case .encoded(let encoded, _): try encoded.decoded()
    #endif
    }
  }

  /// The box around all of the picture.
  var frame: BoundingBox { BoundingBox(x: 0, y: 0, width: Double(size.width), height: Double(size.height)) }

  /// Lends the pixels, and the way from them to those of the upright picture; nil where they are the same.
  ///
  /// - Parameters:
  ///   - placements: what will be looked at.
  ///   - workspace: memory for decoded pixels.
  func withPixels<Result>(
    for placements: [Placement], _ workspace: Workspace, _ body: (PixelView, AffineTransform?) throws -> Result
  ) throws -> Result {
    switch source {
    case .image(let image): return try image.withView { try body($0, nil) }
    case .memory(let view): return try body(view, nil)
    #if canImport(PoseMedia)
      case .encoded(let encoded, let decoding):
        let reduction = decoding == .reduced ? placements.map(\.reduction).min() ?? 1 : 1
        return try encoded.withPixels(reduction: reduction, memory: workspace.picture) {
          try body($0.view, $0.placement)
        }
    #endif
    }
  }
}
