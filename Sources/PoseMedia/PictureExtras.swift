import PoseCore
import PoseImage

/// The contents of a picture's file besides its colors, which a picture keeps when it is drawn on.
package struct PictureExtras: Sendable, Equatable {
  /// Transparency: one sample for each pixel of the upright picture.
  package var alpha: [UInt8]?
  /// The TIFF block of the EXIF data, with the orientation of an upright picture and without a thumbnail.
  package var exif: [UInt8]?
  /// The ICC profile of the colors, for RGB.
  package var profile: [UInt8]?

  package init(alpha: [UInt8]? = nil, exif: [UInt8]? = nil, profile: [UInt8]? = nil) {
    (self.alpha, self.exif, self.profile) = (alpha, exif, profile)
  }

  /// The largest sizes that are kept, in bytes. Those of cameras and scanners are far smaller.
  static let exifLimit = 1 << 20
  static let profileLimit = 4 << 20

  fileprivate init(alpha: [UInt8]?, tiff: ArraySlice<UInt8>?, profile: [UInt8]?) {
    self.alpha = alpha
    if let tiff, tiff.count <= Self.exifLimit { exif = EXIF(tiff: tiff)?.redrawn }
    // The decoded pixels are RGB, which a profile of a gray or CMYK picture does not describe.
    let isRGB = profile.map { $0.count >= 132 && $0[16..<20].elementsEqual("RGB ".utf8) } ?? false
    self.profile = isRGB ? profile : nil
  }
}

extension EncodedImage {
  /// All pixels, and the contents of the file besides its colors.
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
    case .webP:
      let (image, alpha) = try source.decodedWebP(keepingAlpha: true)
      let chunks = WebPChunks(source.bytes)
      let profile = chunks.profile(limit: PictureExtras.profileLimit)
      return (image, PictureExtras(alpha: alpha, tiff: chunks.exif, profile: profile))
    case .heif(let format, _, _):
      let image = try source.decodedHEIF(format)
      let (exif, profile) = try source.heifExtras(format)
      return (image, PictureExtras(alpha: nil, tiff: exif?[...], profile: profile))
    }
  }
}
