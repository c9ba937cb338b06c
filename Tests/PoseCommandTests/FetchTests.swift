import Foundation
import PoseConfiguration
import Synchronization
import TestSupport
import Testing

/// `pose fetch` and `--model NAME`, with servers on this machine in the place of the published hosts.
@Suite("Weights by name on the command line", .timeLimit(.minutes(5)))
struct FetchTests {
  typealias Response = LoopbackServer.Response

  /// Weights by the recipe; empty where they cannot be made, which no test takes.
  private static let weights: [UInt8] = (try? Data(contentsOf: URL(filePath: Sample.weights))).map(Array.init) ?? []
  private static let digest = sha256(weights)

  /// A configuration whose weights are on a server, and a cache that is empty.
  private struct Place: Sendable {
    let folder: URL
    let weights: [UInt8]
    let configuration: String

    /// - Parameter digits: the published digits; nil for those of the file.
    init(_ url: (String) -> String, digits: String? = nil, isPublished: Bool = true) throws {
      folder = try ScratchFolder("fetch").url
      weights = FetchTests.weights
      let name = "wider_naive_litehrnet_18_person_256x192"
      let text = try String(
        contentsOf: SharedData.checkout.appending(path: "configs/\(name).yaml"), encoding: .utf8)
      var entry = "\nweights: [{ url: '\(url("w.pth"))', licence: MIT, source: owner/name:README.md"
      if isPublished { entry += ", sha256_prefix: '\(digits ?? String(FetchTests.digest.prefix(12)))'" }
      configuration = folder.appending(path: "mine.yaml").path
      try (text + entry + " }]\n").write(toFile: configuration, atomically: true, encoding: .utf8)
    }

    var cached: String { folder.path + "/cache/swift-pose/mine/w.pth" }

    func run(_ arguments: String..., variables: [String: String] = [:]) throws -> Command {
      try run(Command.executable, arguments, variables: variables)
    }

    func run(_ executable: URL, _ arguments: [String], variables: [String: String] = [:]) throws -> Command {
      let cache = ["XDG_CACHE_HOME": folder.path + "/cache", "no_proxy": "127.0.0.1", "POSE_OFFLINE": ""]
      return try Command(executable, arguments, variables: cache.merging(variables) { $1 })
    }

    var leftovers: [String] {
      (FileManager.default.enumerator(atPath: folder.path + "/cache/swift-pose")?.allObjects as? [String]) ?? []
    }
  }

  /// A server of the recipe's weights.
  private static func server() throws -> LoopbackServer {
    try LoopbackServer { request, _ in Response(weights, to: request) }
  }

  @Test("--model NAME fetches once, says the license once, and then needs no connection")
  func predict() throws {
    let server = try Self.server()
    let place = try Place(server.url)
    let picture = try Sample.picture
    let offline = try place.run("predict", "--detector", "whole", picture, "--model", place.configuration, "--offline")
    #expect(offline.code == 69 && offline.errors.contains("--offline") && server.requests.isEmpty, "\(offline.errors)")
    let first = try place.run("predict", "--detector", "whole", picture, "--model", place.configuration)
    #expect(first.code == 0, "\(first.errors)")
    #expect(first.errors.contains("fetching w.pth from 127.0.0.1"))
    #expect(first.errors.contains("w.pth: license MIT, source owner/name:README.md"))
    let again = try place.run(
      "predict", "--detector", "whole", picture, "--model", place.configuration, variables: ["POSE_OFFLINE": "1"])
    #expect(again.code == 0 && again.output == first.output && server.requests.count == 1)
    #expect(!again.errors.contains("license") && !again.errors.contains("fetching"))
    // The same file by its path.
    let named = try place.run(
      "predict", "--detector", "whole", picture, "--model", place.cached, "--config", place.configuration)
    #expect(named.output == first.output)
  }

  @Test("commands that read weights take names", arguments: ["summary", "convert", "export", "bench"])
  func names(_ command: String) throws {
    let server = try Self.server()
    let place = try Place(server.url)
    let output = place.folder.path + (command == "export" ? "/o.onnx" : "/o.safetensors")
    var arguments = [command, "--model", place.configuration]
    if command == "convert" || command == "export" { arguments += ["--output", output] }
    if command == "bench" { arguments += ["--rounds", "1", "--threads", "1"] }
    let run = try place.run(Command.executable, arguments)
    #expect(run.code == 0 && server.requests.count == 1, "\(run.errors)")
  }

  @Test("fetch prints where the file is, and verifies a file that is here")
  func fetch() throws {
    let server = try Self.server()
    let place = try Place(server.url)
    let first = try place.run("fetch", place.configuration)
    #expect(first.code == 0 && first.output == place.cached + "\n", "\(first.errors)")
    #expect(try place.run("fetch", place.configuration).errors == "" && server.requests.count == 1)
    // The same size and time, other bytes.
    let time = try FileManager.default.attributesOfItem(atPath: place.cached)[.modificationDate] as? Date
    try Data(place.weights.reversed()).write(to: URL(filePath: place.cached))
    try FileManager.default.setAttributes([.modificationDate: time as Any], ofItemAtPath: place.cached)
    #expect(try place.run("fetch", place.configuration).code == 0 && server.requests.count == 2)
    #expect(try Array(Data(contentsOf: URL(filePath: place.cached))) == place.weights)
  }

  @Test("a wrong checksum is exit code 65, a host without the file 69, and nothing is left behind")
  func failures() throws {
    let server = try Self.server()
    let wrong = try Place(server.url, digits: "00000000")
    let run = try wrong.run("predict", "--detector", "whole", Sample.picture, "--model", wrong.configuration)
    #expect(run.code == 65 && run.errors.contains("not the published one") && run.output == "", "\(run.errors)")
    #expect(wrong.leftovers.isEmpty)
    let empty = try LoopbackServer { _, _ in
      Response(status: 404, headers: ["Content-Type": "text/html"], Array("<html>".utf8))
    }
    let gone = try Place(empty.url)
    #expect(try gone.run("fetch", gone.configuration).code == 69 && gone.leftovers.isEmpty)
    // The file that can be had is fetched all the same.
    let place = try Place(server.url)
    let both = try place.run("fetch", gone.configuration, place.configuration)
    #expect(both.code == 69 && both.output == place.cached + "\n")
    #expect(try place.run("fetch").code == 64)
    #expect(try place.run("fetch", "--all", place.configuration).code == 64)
    #expect(try place.run("fetch", "litehrnet_18_coco_256x129").errors.contains("'litehrnet_18_coco_256x192'?"))
  }

  @Test("a file without published digits needs --accept-unverified, which prints its SHA-256")
  func unverified() throws {
    let server = try Self.server()
    let place = try Place(server.url, isPublished: false)
    let refused = try place.run("predict", "--detector", "whole", Sample.picture, "--model", place.configuration)
    #expect(refused.code == 64 && refused.errors.contains("--accept-unverified") && server.requests.isEmpty)
    let run = try place.run("fetch", place.configuration, "--accept-unverified")
    #expect(run.code == 0 && run.errors.contains("SHA-256 \(Self.digest)"), "\(run.errors)")
    #expect(try place.run("predict", "--detector", "whole", Sample.picture, "--model", place.configuration).code == 0)
  }

  @Test("processes that want a file at once fetch it once")
  func atOnce() throws {
    let server = try Self.server()
    let place = try Place(server.url)
    let codes = Mutex<[Int32]>([])
    DispatchQueue.concurrentPerform(iterations: 3) { _ in
      let code = (try? place.run("fetch", place.configuration).code) ?? -1
      codes.withLock { $0.append(code) }
    }
    #expect(codes.withLock(\.self) == [0, 0, 0] && server.requests.count == 1)
    #expect(place.leftovers.sorted() == ["mine", "mine/w.pth", "mine/w.pth.sha256"])
  }

  @Test("a file system that takes no more is exit code 74, and nothing is left behind")
  func fullFileSystem() throws {
    let server = try Self.server()
    let place = try Place(server.url)
    // A limit of the shell in blocks of 512 or 1024 bytes, far below the file's size.
    let line = "trap '' XFSZ; ulimit -f 100; exec \"$0\" fetch \"$1\""
    let shell = URL(filePath: "/bin/sh")
    let run = try place.run(shell, ["-c", line, Command.executable.path, place.configuration])
    #expect(run.code == 74 && run.errors.contains("w.pth"), "\(run.errors)")
    #expect(place.leftovers.isEmpty)
  }

  @Test("proxies are those of the usual variables")
  func proxy() throws {
    let proxy = try Self.server()
    let place = try Place { "http://127.0.0.1:1/\($0)" }
    let variables = ["http_proxy": proxy.url(""), "no_proxy": "", "NO_PROXY": ""]
    let run = try place.run("fetch", place.configuration, variables: variables)
    #expect(run.code == 0, "\(run.errors)")
    #expect(proxy.requests.map(\.path) == ["http://127.0.0.1:1/w.pth"])
  }

  @Test("a run without --model never connects")
  func noDefault() throws {
    let server = try Self.server()
    let place = try Place(server.url)
    let variables = [
      "POSE_WEIGHTS_MIRROR": server.url(""), "http_proxy": server.url(""), "https_proxy": server.url(""),
    ]
    #expect(try place.run("predict", "--detector", "whole", Sample.picture, variables: variables).code == 0)
    #expect(try place.run("models", variables: variables).code == 0)
    #expect(try place.run("summary", "hrnet_w32_coco_256x192", variables: variables).code == 0)
    #expect(server.requests.isEmpty && place.leftovers.isEmpty)
  }

  @Test("models says which weights are here, who has the others, and which pages need a browser")
  func models() throws {
    let place = try Place { "http://127.0.0.1:1/\($0)" }
    let listed = try place.run("models").output
    #expect(listed.contains("download.openmmlab.com, Apache-2.0"))
    #expect(listed.contains("https://drive.google.com/file/d/1_bLVpm8cVqQF6unmxOQ3ObEr4hpoLuJn/view"))
    let name = "litehrnet_18_coco_256x192"
    let folder = place.folder.path + "/cache/swift-pose/" + name
    #expect(listed.contains("\(folder)/\(name).pth") && listed.contains("Weights are kept in \(place.folder.path)"))
    // The authors' file, saved by hand.
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(place.weights).write(to: URL(filePath: "\(folder)/\(name).pth"))
    let run = try place.run("models", "--json", "-")
    let list = try #require(JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
    let files = try #require(list.first { $0["name"] as? String == name }?["weights"] as? [[String: Any]])
    #expect(files.map { $0["is_here"] as? Bool } == [false, true])
    #expect(files.map { $0["needs_browser"] as? Bool } == [false, true])
    #expect(files[0]["ap"] as? Double == 64.2 && files[0]["licence"] as? String == "Apache-2.0")
    #expect(files[1]["bytes"] as? Int == place.weights.count && files[1]["licence"] == nil)
    #expect(try place.run("models").output.contains("here, "))
  }

  @Test("a published file that is not there says how to get it")
  func missingFile() throws {
    let name = "litehrnet18_coco_256x192-6bace359_20211230.pth"
    let run = try Command("predict", "--detector", "whole", Sample.picture, "--model", name)
    #expect(run.code == 65 && run.errors.contains("pose fetch \(name)"), "\(run.errors)")
    #expect(run.errors.contains("--model litehrnet_18_coco_256x192"))
  }
}
