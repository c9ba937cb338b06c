/// A format of pictures, videos or documents that is not read here but recognized, so that an error can say what to do.
public enum ForeignFormat: String, Sendable, Hashable, CaseIterable {
  case gif = "GIF"
  case bmp = "BMP"
  case tiff = "TIFF"
  case webp = "WebP"
  case heic = "HEIC"
  case avif = "AVIF"
  case jpegXL = "JPEG XL"
  case jpeg2000 = "JPEG 2000"
  case photoshop = "Photoshop"
  case pdf = "PDF"
  case mp4 = "MP4"
  case quickTime = "QuickTime"
  case matroska = "Matroska or WebM"
  case avi = "AVI"

  /// The format that the first 32 bytes of a file indicate.
  init?(head: [UInt8]) {
    func has(_ text: String, at position: Int = 0) -> Bool {
      head.dropFirst(position).starts(with: text.utf8)
    }
    let brand = has("ftyp", at: 4) ? String(decoding: head.dropFirst(8).prefix(4), as: UTF8.self) : ""
    if has("GIF8") {
      self = .gif
    } else if has("BM"), head.count >= 10, head[6..<10].allSatisfy({ $0 == 0 }) {
      self = .bmp
    } else if head.starts(with: [0x49, 0x49, 42, 0]) || head.starts(with: [0x4D, 0x4D, 0, 42]) {
      self = .tiff
    } else if has("RIFF"), has("WEBP", at: 8) {
      self = .webp
    } else if has("RIFF"), has("AVI ", at: 8) {
      self = .avi
    } else if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
      self = .matroska
    } else if head.starts(with: [0xFF, 0x0A]) || has("JXL ", at: 4) {
      self = .jpegXL
    } else if has("jP  ", at: 4) {
      self = .jpeg2000
    } else if has("8BPS") {
      self = .photoshop
    } else if has("%PDF") {
      self = .pdf
    } else if ["heic", "heix", "hevc", "hevx", "mif1", "msf1"].contains(brand) {
      self = .heic
    } else if ["avif", "avis"].contains(brand) {
      self = .avif
    } else if brand == "qt  " {
      self = .quickTime
    } else if !brand.isEmpty {
      self = .mp4
    } else {
      return nil
    }
  }

  /// With its article, as in "a GIF file".
  var name: String {
    let article = [.mp4, .avi, .avif].contains(self) ? "an" : "a"
    return "\(article) \(rawValue) file"
  }

  /// How to make a JPEG or PNG of it.
  var remedy: String {
    switch self {
    case .gif: Self.frames("clip.gif")
    case .mp4: Self.frames("clip.mp4")
    case .quickTime: Self.frames("clip.mov")
    case .matroska: Self.frames("clip.mkv")
    case .avi: Self.frames("clip.avi")
    case .bmp: Self.conversion("photo.bmp")
    case .tiff: Self.conversion("photo.tif")
    case .webp: Self.conversion("photo.webp")
    case .avif: Self.conversion("photo.avif")
    case .jpegXL: Self.conversion("photo.jxl")
    case .jpeg2000: Self.conversion("photo.jp2")
    case .photoshop: Self.conversion("photo.psd")
    case .heic: "convert it, for example with 'heif-convert photo.heic photo.jpg'"
    case .pdf: "convert it, for example with 'pdftoppm -png document.pdf page'"
    }
  }

  private static func conversion(_ name: String) -> String {
    "convert it, for example with 'ffmpeg -i \(name) photo.png'"
  }

  private static func frames(_ name: String) -> String {
    "extract its pictures, for example with 'mkdir frames; ffmpeg -i \(name) frames/%04d.png'"
  }
}
