import CCairo
import CPNG

/// The versions of the libraries that read, draw and write pictures, by name.
public let mediaLibraries: [String: String] = [
  "cairo": String(cString: cairo_version_string()),
  "libpng": String(cString: png_get_libpng_ver(nil)),
]
