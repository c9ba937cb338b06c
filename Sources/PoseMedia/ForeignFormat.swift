/// A format of pictures, videos or documents that is not read here but recognized, so that an error can say what to do.
public enum ForeignFormat: String, Sendable, Hashable, CaseIterable {
  case gif = "GIF"
  case bmp = "BMP"
  case tiff = "TIFF"
  case animatedWebP = "animated WebP"
  case jpegXL = "JPEG XL"
  case jpeg2000 = "JPEG 2000"
  case photoshop = "Photoshop"
  case cameraRaw = "raw camera"
  case netpbm = "Netpbm"
  case icon = "icon"
  case svg = "SVG"
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
    } else if has("CR", at: 8) && has("II") || has("FUJIFILMCCD-RAW") || has("IIR") || has("IIU\0") || brand == "crx " {
      self = .cameraRaw
    } else if has("II*\0") || has("MM\0*") || has("II+\0") || has("MM\0+") {
      self = .tiff
    } else if has("RIFF"), has("WEBP", at: 8) {
      self = .animatedWebP
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
    } else if head.count > 2, head[0] == 0x50, (0x31...0x37).contains(head[1]), [9, 10, 13, 32].contains(head[2]) {
      self = .netpbm
    } else if head.starts(with: [0, 0, 1, 0]) {
      self = .icon
    } else if has("<svg") {
      self = .svg
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
    let article = [.mp4, .avi, .animatedWebP, .icon, .svg].contains(self) ? "an" : "a"
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
    case .animatedWebP: "extract a picture, for example with 'webpmux -get frame 1 clip.webp -o frame.webp'"
    case .jpegXL: Self.conversion("photo.jxl")
    case .jpeg2000: Self.conversion("photo.jp2")
    case .photoshop: Self.conversion("photo.psd")
    case .netpbm: Self.conversion("photo.ppm")
    case .icon: Self.conversion("icon.ico")
    case .svg: "convert it, for example with 'rsvg-convert drawing.svg -o drawing.png'"
    case .cameraRaw: "develop it, for example with 'darktable-cli photo.raw photo.jpg'"
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
