import Foundation
import PoseImage
import PoseMedia
import TestSupport
import Testing

@Suite("A picture from standard input")
struct StandardInputTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder("input") }

  private static func picture(jpeg: Bool = true) throws -> [UInt8] {
    // More than a pipe holds at once.
    var generator = SystemRandomNumberGenerator()
    let pixels = (0..<240 * 320 * 3).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let image = try PoseImage.Image(width: 240, height: 320, pixels: pixels)
    return try jpeg ? image.jpeg() : image.png()
  }

  @Test("it is called - in JSON on standard output", arguments: [[], ["--decoding", "reduced"]])
  func json(_ options: [String]) throws {
    let arguments = ["predict", "-", "--detector", "whole", "--json", "-"] + options
    let run = try Command(Command.executable, arguments, standardInput: Self.picture())
    #expect(run.code == 0, "\(run.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
    let images = try #require(object?["images"] as? [[String: Any]])
    #expect(images.count == 1 && images[0]["file"] as? String == "-" && images[0]["width"] as? Int == 240)
  }

  @Test("its drawing is called stdin, by its format, beside those of other pictures", arguments: [true, false])
  func drawing(_ jpeg: Bool) throws {
    let output = folder.path + "/out"
    let other = try Sample.picture
    let run = try Command(
      Command.executable, ["predict", other, "-", "--detector", "whole", "--output", output],
      standardInput: Self.picture(jpeg: jpeg))
    #expect(run.code == 0, "\(run.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: output).sorted()
    #expect(names == [other.split(separator: "/").last.map(String.init) ?? "", jpeg ? "stdin.jpg" : "stdin.png"])
  }

  @Test("a file as standard input is read too, and no output replaces it")
  func redirected() throws {
    let path = folder.path + "/a.jpg"
    try Data(Self.picture()).write(to: URL(filePath: path))
    let script = "\"$0\" predict - --detector whole --json \"$2\" < \"$1\""
    let shell = URL(filePath: "/bin/sh")
    let run = try Command(shell, ["-c", script, Command.executable.path, path, "-"])
    #expect(run.code == 0 && run.output.contains(#""file":"-""#), "\(run.errors) \(run.output)")
    let refused = try Command(shell, ["-c", script, Command.executable.path, path, path])
    #expect(refused.code == 64 && refused.errors.contains("--json would replace the input"), "\(refused.errors)")
  }

  @Test("nothing, a closed descriptor and half a picture are errors that name standard input")
  func refused() throws {
    let nothing = try Command(standardInput: [], "predict", "-", "--detector", "whole")
    #expect(nothing.code == 65 && nothing.errors.contains("standard input is empty"), "\(nothing.errors)")
    let half = try Command(standardInput: Array(Self.picture().prefix(3000)), "predict", "-", "--detector", "whole")
    #expect(half.code == 65 && half.errors.contains("standard input is not a complete JPEG"), "\(half.errors)")
    let text = try Command(standardInput: Array("hello".utf8), "predict", "-", "--detector", "whole")
    #expect(text.code == 65 && text.errors.contains("standard input is no JPEG"), "\(text.errors)")
    let large = try Command(
      standardInput: Self.picture(), "predict", "-", "--detector", "whole", "--max-pixels", "1000")
    #expect(large.code == 65 && large.errors.contains("standard input has 240 x 320 pixels"), "\(large.errors)")
    let closed = try Command(
      URL(filePath: "/bin/sh"), ["-c", "\"$0\" predict - --detector whole <&-", Command.executable.path])
    #expect(closed.code == 65 && closed.errors.contains("standard input is empty"), "\(closed.errors)")
  }

  @Test("it is read once, and not where annotations would have to name it")
  func usage() throws {
    let twice = try Command(standardInput: Self.picture(), "predict", "-", "-", "--detector", "whole")
    #expect(twice.code == 64 && twice.errors.contains("given twice"), "\(twice.errors)")
    let label = try Command(standardInput: Self.picture(), "label", "-", "--output", folder.path + "/l.json")
    #expect(label.code == 64 && label.errors.contains("Standard input"), "\(label.errors)")
    #expect(folder.names.isEmpty)
  }
}
