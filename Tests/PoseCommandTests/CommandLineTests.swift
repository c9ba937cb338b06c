import Foundation
import TestSupport
import Testing

@Suite("The command line")
struct CommandLineTests {
  static let picture = SharedData.checkout.appending(path: "Examples/person.png").path

  @Test("former names of options work with a warning, and their commands behave the same")
  func formerNames() throws {
    let old = try Command("test", "--out", "/tmp/x.json", "--detections", "/nowhere.json", "--format-only", "--json")
    #expect(old.code == 64)
    #expect(old.errors.contains("--out is now called --output"))
    #expect(old.errors.contains("--detections is now called --boxes"))
    #expect(old.errors.contains("write --json -"))
    let flag = try Command("summary", "litehrnet_18_coco_256x192", "--json")
    let today = try Command("summary", "litehrnet_18_coco_256x192", "--json", "-")
    #expect(flag.code == 0 && flag.output == today.output && today.errors == "")
    #expect(try Command("doctor", "--kind=coco").code == 64)
  }

  @Test("numbers go to the file that --json names, and text to standard output")
  func jsonFile() throws {
    let file = ScratchFolder.file("json")
    let run = try Command("summary", "litehrnet_18_coco_256x192", "--json", file.path)
    #expect(run.code == 0 && run.output.contains("multiply-adds"))
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    #expect(object?["multiply_adds"] as? Int == 198_626_688)
  }

  @Test(
    "what would be misread is refused",
    arguments: [
      ["predict", "a.png", "--output", ""], ["predict", "a.png", "--json="], ["predict", ""], ["help", "predikt"],
      ["predikt"], ["predict", "--detector", "whole", "a.png", "--labels"], ["summary", "x", "--config", "y"],
      ["convert", "a.pth"],
      ["export", "a.pth", "--output", "a.txt"], ["export", "a.pth", "--model", "b.pth", "--output", "a.onnx"],
      ["predict", "--detector", "whole", "a.png", "--coco", "a.jsonl"], ["browse", "--output", "a.png", "--json", "-"],
      ["forward", "--model", "a.pth", "--norm-gain", "0.5", "--input", "a.npy", "--output", "b.npy"],
    ])
  func misread(_ arguments: [String]) throws {
    let run = try Command(arguments)
    #expect(run.code == 64 && !run.errors.isEmpty, "\(run.errors)")
  }

  @Test("names that are almost right are suggested")
  func suggestions() throws {
    #expect(try Command("predikt").errors.contains("'predict'"))
    #expect(try Command("summary", "litehrnet18").errors.contains("'litehrnet_18_"))
    let unknown = try Command("summary", "nosuchnetworkatall").errors
    #expect(unknown.contains("pose models") && unknown.count < 300)
  }

  @Test("--json does not replace a file that may have been meant as the argument", arguments: ["doctor", "summary"])
  func mistakenJSON(_ command: String) throws {
    let file = try Sample.file(Data("keep".utf8), "json")
    #expect(try Command(command, "--json", file).code == 64)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "keep")
  }

  @Test("a picture whose name starts with a dash is a picture")
  func dash() throws {
    let folder = try Self.folder(of: "-dash.png")
    let run = try Command(at: folder, "predict", "--detector", "whole", "-dash.png")
    #expect(run.code == 0 && run.output.hasPrefix("./-dash.png: 1 pose\n"), "\(run.errors)")
  }

  @Test("control characters of names do not reach the terminal")
  func controlCharacters() throws {
    let folder = try Self.folder(of: "a\u{1B}]0;title\u{7}.png")
    let run = try Command(at: folder, "predict", "--detector", "whole", "a\u{1B}]0;title\u{7}.png", "b\u{1B}[2J.png")
    #expect(run.code == 65 && run.output.contains("title"))
    #expect(!(run.output + run.errors).unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
  }

  @Test(
    "standard output that takes nothing is exit code 74",
    arguments: [
      ["models"], ["--help"], ["--version"], ["predict", "--detector", "whole", picture],
      ["predict", "--detector", "whole", picture, "--json", "-"],
    ])
  func fullStandardOutput(_ arguments: [String]) throws {
    // Not every system has the device.
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let process = Process()
    process.executableURL = try Command.executable
    process.arguments = arguments
    process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 74)
  }

  /// A folder that holds the drawn person under some name.
  static func folder(of name: String) throws -> URL {
    let folder = try ScratchFolder("folder").url
    try FileManager.default.copyItem(atPath: picture, toPath: folder.path + "/" + name)
    return folder
  }
}
