import Foundation
import PoseConfiguration
import PoseCore
import Testing

struct OwnSkeletonTests {
  static let dog = """
    joints: [nose, left_paw, right_paw]
    limbs: [[nose, left_paw], [nose, right_paw]]
    sigmas: [0.026, 0.062, 0.062]
    """
  private static let inline =
    "{ name: dog, joints: [nose, left_paw, right_paw], limbs: [[nose, left_paw], [nose, right_paw]], sigmas: [0.026, 0.062, 0.062] }"

  private static func yaml(_ joints: String) -> String {
    "model: { backbone: lite_hrnet_18, joints: \(joints), input: 64x64 }\n"
  }

  /// A folder that is gone when the work is done.
  private static func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test("a skeleton file is found beside the configuration's file, and its joints are the network's")
  func besideTheFile() throws {
    try Self.withFolder { folder in
      try Self.dog.write(to: folder.appending(path: "dog.yaml"), atomically: true, encoding: .utf8)
      let file = folder.appending(path: "mine.yaml")
      try Self.yaml("dog.yaml").write(to: file, atomically: true, encoding: .utf8)
      for configuration in [
        try Zoo.configuration(named: file.path), try ModelConfiguration(contentsOf: file.path),
        try Zoo.configuration(named: file.path, settings: ["codec.sigma=3"]),
        try Zoo.configuration(
          named: "litehrnet_18_coco_256x192", settings: ["model.joints=\(folder.path)/dog.yaml"]),
      ] {
        #expect(try configuration.skeleton().name == "dog")
        #expect(try configuration.skeleton().joints.map(\.rawValue) == ["nose", "left_paw", "right_paw"])
        #expect(try configuration.skeleton().flipPairs == [.init(1, 2)])
        #expect(try configuration.graph().parameters.last?.shape == [3])
      }
    }
  }

  @Test("a skeleton written within the configuration is the same, and travels in model files and YAML")
  func inline() throws {
    let configuration = try ModelConfiguration(yaml: Self.yaml(Self.inline), name: "mine")
    #expect(try configuration.skeleton() == Skeleton(yaml: Self.dog, name: "dog"))
    #expect(try ModelConfiguration(json: configuration.json(), source: "file") == configuration)
    #expect(try ModelConfiguration(yaml: configuration.yaml(), name: "file") == configuration)
  }

  @Test("a skeleton of the library travels by name")
  func known() throws {
    let json = try ModelConfiguration(yaml: Self.yaml("mpii16"), name: "mine").json()
    #expect(json.contains("\"joints\":\"mpii16\""))
  }

  @Test("faults within an own skeleton name their key")
  func faults() throws {
    let wrong = Self.inline.replacingOccurrences(of: "sigmas", with: "sigmaz")
    let error = #expect(throws: ConfigurationError.self) {
      try ModelConfiguration(yaml: Self.yaml(wrong), name: "mine.yaml")
    }
    #expect(error?.key == "model.joints.sigmaz")
    try Self.withFolder { folder in
      let path = folder.appending(path: "dog.yaml").path
      try Self.dog.replacingOccurrences(of: "0.026", with: "-1").write(toFile: path, atomically: true, encoding: .utf8)
      let error = #expect(throws: ConfigurationError.self) {
        try ModelConfiguration(yaml: Self.yaml(path), name: "mine.yaml")
      }
      #expect(error?.source == path && error?.key == "sigmas")
      let setting = #expect(throws: ConfigurationError.self) {
        try Zoo.configuration(named: "litehrnet_18_coco_256x192", settings: ["model.joints=\(path)"])
      }
      #expect(setting == error)
    }
  }

  @Test("only regular files of at most 1 MB are read")
  func files() throws {
    try Self.withFolder { folder in
      let (large, pipe, nested) = (
        folder.appending(path: "large.yaml"), folder.appending(path: "pipe.yaml"), folder.appending(path: "folder.yaml")
      )
      try Data(repeating: 0x23, count: 2 << 20).write(to: large)
      #expect(mkfifo(pipe.path, 0o600) == 0)
      try FileManager.default.createDirectory(at: nested, withIntermediateDirectories: true)
      for path in [large.path, pipe.path, nested.path, folder.path + "/none.yaml", "/dev/zero.yaml"] {
        #expect(throws: ConfigurationError.self) { try ModelConfiguration(yaml: Self.yaml(path), name: "mine.yaml") }
      }
    }
  }

  @Test("a model file's configuration names no files")
  func modelFiles() throws {
    try Self.withFolder { folder in
      let path = folder.appending(path: "dog.yaml").path
      try Self.dog.write(toFile: path, atomically: true, encoding: .utf8)
      let json = try ModelConfiguration(yaml: Self.yaml("lsp14"), name: "mine").json()
        .replacingOccurrences(of: "lsp14", with: path)
      let error = #expect(throws: ConfigurationError.self) { try ModelConfiguration(json: json, source: "file") }
      #expect(error?.key == "model.joints")
    }
  }
}
