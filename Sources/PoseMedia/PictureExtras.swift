import PoseCore
import PoseImage

/// What a picture's file holds besides its colors, for a picture that is drawn on to keep.
package struct PictureExtras: Sendable, Equatable {
  /// Transparency: one sample for each pixel of the upright picture.
  package var alpha: [UInt8]?
  /// The TIFF block of the EXIF, with the orientation of an upright picture.
  package var exif: [UInt8]?
  /// The ICC profile of the colors, for RGB.
  package var profile: [UInt8]?

  package init(alpha: [UInt8]? = nil, exif: [UInt8]? = nil, profile: [UInt8]? = nil) {
    (self.alpha, self.exif, self.profile) = (alpha, exif, profile)
  }

  /// The most bytes of each that are kept; cameras' and scanners' are far smaller, and a hostile file's could be any.
  static let exifLimit = 1 << 20
  static let profileLimit = 4 << 20

  fileprivate init(alpha: [UInt8]?, tiff: ArraySlice<UInt8>?, profile: [UInt8]?) {
    self.alpha = alpha
    if let tiff, tiff.count <= Self.exifLimit, tiff.starts(with: [0x49, 0x49, 42, 0]) || tiff.starts(with: [0x4D, 0x4D, 0, 42]) {
      exif = EXIF(tiff: tiff)?.upright ?? Array(tiff)
    }
    // The pixels here are RGB whatever the file's were, which profiles of gray and of inks do not describe.
    let isRGB = profile.map { $0.count >= 132 && $0[16..<20].elementsEqual("RGB ".utf8) } ?? false
    self.profile = isRGB ? profile : nil
  }
}

extension EncodedImage {
  /// All the pixels, and what the file holds besides.
  ///
  /// - Throws: ``MediaError``.
  package func decodedWithExtras() throws(MediaError) -> (image: Image, extras: PictureExtras) {
    switch format {
    case .jpeg:
      let segments = JPEGSegments(source.bytes)
      let profile = segments.profile(limit: PictureExtras.profileLimit)
      return (try source.decodedJPEG(), PictureExtras(alpha: nil, tiff: segments.exif, profile: profile))
    case .png:
      let (image, alpha) = try source.decodedPNG(keepingAlpha: true)
      let chunks = PNGChunks(source.bytes)
      let profile = chunks.profile(limit: PictureExtras.profileLimit)
      return (image, PictureExtras(alpha: alpha, tiff: chunks.exif, profile: profile))
    }
  }
}
