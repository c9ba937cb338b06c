import CCairo
import CPNG

/// The versions of the libraries that pictures go through, by name.
public let mediaLibraries: [String: String] = [
  "cairo": String(cString: cairo_version_string()),
  "libpng": String(cString: png_get_libpng_ver(nil)),
]
