import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import TestSupport
import Testing

/// Commands with a detector whose weights are as training starts: it scores every place 0.01.
@Suite("Commands that look for people")
struct DetectTests {
  private let folder: URL
  private let detector: [String]

  init() throws {
    folder = try CommandLineTests.folder(of: "7.png")
    let graph = try Zoo.configuration(named: "rtmdet_nano_person").graph()
    try FileBytes.write(graph.initialized(seed: 1).safetensors(), to: folder.appending(path: "w.safetensors").path)
    detector = ["--detector", "w.safetensors", "--detector-config", "rtmdet_nano_person"]
  }

  @Test("nobody found is an empty list, and no error")
  func nobody() throws {
    for command in ["predict", "detect"] {
      let run = try Command(at: folder, [command, "7.png", "--json", "-"] + detector)
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.contains(command == "predict" ? "\"poses\":[]" : "\"objects\":[]"), "\(run.output)")
    }
  }

  @Test("a detector of other objects finds them, but no people for poses")
  func otherObjects() throws {
    var configuration = try Zoo.configuration(named: "rtmdet_nano_person", settings: ["model.classes=[red, green]"])
    configuration.name = "colors"
    var weights = try configuration.graph().initialized(seed: 1)
    for level in 0..<3 { weights["bbox_head.rtm_cls.\(level).bias"] = try Tensor(shape: [2], [-9, 2]) }
    for level in 0..<3 { weights["bbox_head.rtm_reg.\(level).bias"] = try Tensor(shape: [4], [4, 4, 4, 4]) }
    weights.metadata["config"] = try configuration.json()
    try FileBytes.write(weights.safetensors(), to: folder.appending(path: "c.safetensors").path)
    let run = try Command(at: folder, ["detect", "7.png", "--detector", "c.safetensors", "--json", "-"])
    #expect(run.code == 0 && run.output.contains("\"class\":\"green\""), "\(run.errors)")
    let person = try Command(at: folder, ["detect", "7.png", "--detector", "c.safetensors", "--classes", "person"])
    #expect(person.code == 64 && person.errors.contains("red, green"))
    let poses = try Command(at: folder, ["predict", "7.png", "--detector", "c.safetensors", "--json", "-"])
    #expect(poses.code == 65 && poses.errors.contains("finds no people"), "\(poses.errors)")
  }

  @Test("a broken picture does not stop the others, and the exit code tells")
  func broken() throws {
    try Data("no picture".utf8).write(to: folder.appending(path: "8.png"))
    let run = try Command(at: folder, ["detect", "7.png", "8.png", "--json", "-"] + detector)
    #expect(run.code == 65)
    #expect(run.output.contains("7.png") && !run.output.contains("8.png"))
  }

  @Test(
    "people are found by the detector that comes with pose where nothing else is named",
    arguments: ["predict", "detect", "label"])
  func byDefault(_ command: String) throws {
    let people = SharedData.checkout.appending(path: "Examples/people.jpg").path
    let file = folder.appending(path: "\(command).json").path
    for detector in [[], ["--detector", "default"]] {
      let run = try Command([command, people, command == "label" ? "--output" : "--json", file] + detector)
      #expect(run.code == 0 && run.errors.contains("using rtmdet_nano_person"), "\(run.errors)")
      let text = try String(contentsOfFile: file, encoding: .utf8)
      // Five people, of whom a detector may see one twice.
      #expect((6...7).contains(text.components(separatedBy: "\"bbox\"").count))
    }
  }

  @Test("the default detector is refused for networks of something else than people")
  func otherThanPeople() throws {
    let name = "rtmpose_t_face_256x256"
    let graph = try Zoo.configuration(named: name).graph()
    try FileBytes.write(graph.initialized(seed: 1).safetensors(), to: folder.appending(path: "f.safetensors").path)
    let run = try Command(at: folder, ["predict", "7.png", "--model", "f.safetensors", "--config", name])
    #expect(run.code == 65 && run.errors.contains("lapa106") && run.errors.contains("--detector whole"))
  }

  @Test("what finds nobody is refused, and what contradicts")
  func usage() throws {
    for options in [["--detector", "whole", "--tiles", "2"], ["--detector-config", "rtmdet_nano_person"]] {
      #expect(try Command(at: folder, ["predict", "7.png"] + options).code == 64)
    }
    #expect(try Command(at: folder, ["detect", "7.png", "--detector", "whole"]).code == 64)
    let both = try Command(at: folder, ["predict", "7.png", "--boxes", "b.json"] + detector)
    #expect(both.code == 64)
    let classes = try Command(at: folder, ["detect", "7.png", "--classes", "dog"] + detector)
    #expect(classes.code == 64 && classes.errors.contains("person"))
  }
}
