import CCairo
import CPNG
import CWebP

/// The versions of the libraries that read, draw and write pictures, by name.
public let mediaLibraries: [String: String] = [
  "cairo": String(cString: cairo_version_string()),
  "libpng": String(cString: png_get_libpng_ver(nil)),
  "libwebp": [16, 8, 0].map { "\(WebPGetDecoderVersion() >> $0 & 0xFF)" }.joined(separator: "."),
  "libheif": heifState,
]

/// What the installed libheif can read.
private var heifState: String {
  guard let library = HEIFLibrary.installed else { return "not installed (only HEIC and AVIF pictures need it)" }
  let missing = HEIFLibrary.Codec.allCases.filter { !library.hasDecoder(for: $0) }
  let gap = missing.isEmpty ? "" : " without \(missing.map(\.rawValue).joined(separator: " and "))"
  return library.version + gap
}
