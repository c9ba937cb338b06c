import Foundation
import PoseImage
import TestSupport
import Testing

@testable import PoseMedia

/// Which formats of pictures commands read, and what the drawn ones are called.
@Suite("Picture formats")
struct PictureFormatTests {
  private let folder: URL

  init() throws { folder = try ScratchFolder("formats").url }

  /// A file of `Tests/Pictures` under another name.
  private func stored(_ name: String, as other: String? = nil) throws -> String {
    let url = folder.appending(path: other ?? name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: SharedData.checkout.appending(path: "Tests/Pictures/" + name), to: url)
    return url.path
  }

  @Test("a WebP is drawn as a WebP that keeps its transparency", arguments: ["lossless.webp", "lossy.webp"])
  func webP(_ name: String) throws {
    let (picture, output) = try (stored(name), folder.appending(path: "out").path)
    let run = try Command("predict", picture, "--detector", "whole", "--output", output, "--json", "-")
    #expect(run.code == 0 && run.output.contains(#""width":"#), "\(run.errors)")
    let (image, extras) = try EncodedImage(contentsOf: output + "/" + name).decodedWithExtras()
    let expected = try EncodedImage(contentsOf: picture)
    #expect((image.width, image.height) == (expected.width, expected.height))
    #expect((extras.alpha != nil) == (name == "lossless.webp"))
  }

  @Test(
    "HEIC and AVIF are drawn as JPEG, beside pictures of the same name",
    .enabled(if: HEIFLibrary.installed?.hasDecoder(for: .hevc) == true, "skipped: libheif is not installed here"))
  func heic() throws {
    _ = try stored("turned.heic", as: "in/a.heic")
    _ = try stored("lossy.png", as: "in/a.jpg")
    let (input, output) = (folder.appending(path: "in").path, folder.appending(path: "out").path)
    let run = try Command("predict", input, "--detector", "whole", "--output", output)
    #expect(run.code == 0, "\(run.errors)")
    for name in ["a.heic.jpg", "a.jpg"] {
      let image = try EncodedImage(contentsOf: output + "/" + name)
      #expect(image.pictureFormat == .jpeg && (image.width, image.height) == (36, 48))
    }
  }

  @Test("a GIF is refused with a command that converts it")
  func gif() throws {
    let path = folder.appending(path: "x.gif").path
    try Data(Array("GIF89a".utf8) + [UInt8](repeating: 0, count: 40)).write(to: URL(filePath: path))
    let run = try Command("predict", path, "--detector", "whole")
    #expect(run.code == 65 && run.errors.contains("a GIF file") && run.errors.contains("ffmpeg -i"), "\(run.errors)")
  }
}
