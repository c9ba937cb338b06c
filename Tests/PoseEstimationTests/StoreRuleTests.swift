import Foundation
import PoseConfiguration
import Synchronization
import TestSupport
import Testing

@testable import PoseEstimation

/// When a store connects, and to whom.
@Suite("Rules of the store", .timeLimit(.minutes(2)))
struct StoreRuleTests {
  typealias Response = LoopbackServer.Response
  private typealias Tests = ModelStoreTests

  @Test("an offline store gives what is here and never connects")
  func offline() throws {
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    let (online, configuration) = (try Tests.store(), try Tests.configuration([server.url("w.pth")]))
    var store = ModelStore(environment: ["XDG_CACHE_HOME": "/x", "POSE_OFFLINE": "1"])
    #expect(store.isOffline && store.folder == "/x/swift-pose")
    #expect(!ModelStore(environment: ["POSE_OFFLINE": "0", "HOME": "/h"]).isOffline)
    #expect(ModelStore(environment: ["XDG_CACHE_HOME": "relative", "HOME": "/h"]).folder == "/h/.cache/swift-pose")
    store.folder = online.folder
    let error = Tests.failure(store, configuration)
    #expect(error?.exitCode == 69 && error?.description.contains(store.folder + "/mine/w.pth") == true)
    #expect(server.requests.isEmpty && Tests.leftovers(of: store).isEmpty)
    let fetched = try online.file(of: configuration)
    #expect(try store.file(of: configuration) == fetched && server.requests.count == 1)
  }

  @Test("installed models are looked for beside the program, then where the system keeps data")
  func installed() throws {
    let folder = try ScratchFolder("installed")
    let environment = ["HOME": "/h", "XDG_DATA_DIRS": "relative:/d"]
    var store = ModelStore(environment: environment, program: folder.url.path + "/bin/pose")
    let beside = folder.url.path + "/share/swift-pose/models"
    #expect(store.installed.dropFirst() == ["/h/.local/share/swift-pose/models", "/d/swift-pose/models"])
    #expect(store.installed[0].hasSuffix("/share/swift-pose/models"))
    store.installed[0] = beside
    let configuration = try Zoo.configuration(named: "litehrnet_18_coco_256x192")
    #expect(store.installedFile(of: configuration) == nil)
    try FileManager.default.createDirectory(atPath: beside, withIntermediateDirectories: true)
    let file = beside + "/litehrnet_18_coco_256x192.safetensors"
    try Data().write(to: URL(filePath: file))
    #expect(store.installedFile(of: configuration) == file)
    // It is taken before what is published, even where it is no model.
    store.isOffline = true
    let error = #expect(throws: (any Error).self) { try Model(named: configuration.name, from: store) }
    #expect(error.map { "\($0)".contains(file) } == true, "\(String(describing: error))")
  }

  @Test("a file without published digits is fetched only where that is accepted, and in one piece")
  func unverified() throws {
    let server = try LoopbackServer { request, index in
      var response = Response(Tests.file, to: request)
      if index == 0 { response.breaksAfter = 1000 }
      return response
    }
    var (store, configuration) = (try Tests.store(), try Tests.configuration([server.url("w.pth")], digits: nil))
    let error = Tests.failure(store, configuration)
    #expect(error?.exitCode == 64 && error?.description.contains("--accept-unverified") == true)
    #expect(server.requests.isEmpty && Tests.leftovers(of: store).isEmpty)
    store.acceptsUnverified = true
    #expect(try store.file(of: configuration).sha256 == Tests.digest)
    #expect(server.requests.map(\.range) == [nil, nil])
    // Once it is here, nothing more needs to be accepted.
    store.acceptsUnverified = false
    #expect(try store.file(of: configuration).sha256 == Tests.digest)
    configuration.weights[0].sha256 = String(repeating: "0", count: 64)
    store.isOffline = true
    #expect(Tests.failure(store, configuration)?.exitCode == 65)
  }

  @Test("a mirror of the folder is asked first, and the published address if it does not have the file")
  func mirror() throws {
    let mirror = try LoopbackServer { request, _ in
      request.path == "/copy/mine/w.pth" ? Response(Tests.file, to: request) : Response(status: 404)
    }
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    let configuration = try Tests.configuration([server.url("w.pth")])
    for path in ["copy", "copy/"] {
      var store = try Tests.store()
      store.mirror = mirror.url(path)
      #expect(try store.file(of: configuration).sha256 == Tests.digest)
    }
    #expect(server.requests.isEmpty && mirror.requests.count == 2)
    var store = try Tests.store()
    store.mirror = mirror.url("elsewhere")
    #expect(try store.file(of: configuration).sha256 == Tests.digest && server.requests.count == 1)
    for wrong in ["http://example.org", "ftp://127.0.0.1/", "copy"] {
      var store = try Tests.store()
      store.mirror = wrong
      #expect(Tests.failure(store, configuration)?.exitCode == 64)
    }
    #expect(ModelStore(environment: ["HOME": "/h", "POSE_WEIGHTS_MIRROR": "https://a.b"]).mirror == "https://a.b")
  }

  @Test("stores that want a file at once fetch it once")
  func atOnce() throws {
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    let (store, configuration) = (try Tests.store(), try Tests.configuration([server.url("w.pth")]))
    let digests = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      let digest = (try? store.file(of: configuration).sha256) ?? "none"
      digests.withLock { $0.append(digest) }
    }
    #expect(digests.withLock(\.self) == Array(repeating: Tests.digest, count: 8))
    #expect(server.requests.count == 1 && Tests.leftovers(of: store) == Tests.complete)
  }

  @Test("where one fails, the next one that waited tries for itself")
  func atOnceWithFailures() throws {
    let server = try LoopbackServer { request, index in
      index < 3 ? Response(status: 404) : Response(Tests.file, to: request)
    }
    let (store, configuration) = (try Tests.store(), try Tests.configuration([server.url("w.pth")]))
    let fetched = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 6) { _ in
      if (try? store.file(of: configuration)) != nil { fetched.withLock { $0 += 1 } }
    }
    #expect(fetched.withLock(\.self) == 3 && server.requests.count == 4)
    #expect(Tests.leftovers(of: store) == Tests.complete)
  }

  @Test("a redirect to another path or port of the same scheme is followed")
  func redirects() throws {
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    let place = server.url("b/x.bin")
    let first = try LoopbackServer { request, _ in
      Response(status: 302, headers: ["Location": request.path == "/a/w.pth" ? "../c/w.pth" : place], Tests.page)
    }
    let fetched = try Tests.store().file(of: Tests.configuration([first.url("a/w.pth")]))
    #expect(fetched.sha256 == Tests.digest && fetched.path.hasSuffix("/mine/w.pth"))
    #expect(first.requests.map(\.path) == ["/a/w.pth", "/c/w.pth"] && server.requests.map(\.path) == ["/b/x.bin"])
  }

  @Test("a page for browsers is named and never fetched, and the file that was saved by hand is used")
  func browser() throws {
    let store = try Tests.store()
    let page = "https://drive.google.com/file/d/1/view"
    var configuration = try Tests.configuration([page], digits: nil)
    configuration.weights[0].file = "w.pth"
    let error = Tests.failure(store, configuration)
    let path = store.folder + "/mine/w.pth"
    #expect(error?.exitCode == 69 && error?.description.contains(page) == true)
    #expect(error?.description.contains(path) == true && Tests.leftovers(of: store).isEmpty)
    try FileManager.default.createDirectory(atPath: store.folder + "/mine", withIntermediateDirectories: true)
    try Data(Tests.file).write(to: URL(filePath: path))
    #expect(try store.file(of: configuration).sha256 == Tests.digest)
    configuration.weights[0].sha256 = String(repeating: "0", count: 64)
    #expect(Tests.failure(store, configuration)?.exitCode == 65)
  }

  @Test("a file that changed since it was verified is read again, and fetched again if it is another")
  func changes() throws {
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    let (store, configuration) = (try Tests.store(), try Tests.configuration([server.url("w.pth")]))
    let fetched = try store.file(of: configuration)
    try Data("damaged".utf8).write(to: URL(filePath: fetched.path))
    // Clocks of file systems may be coarse.
    let later = Date(timeIntervalSinceNow: 10)
    try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: fetched.path)
    #expect(try store.file(of: configuration) == fetched && server.requests.count == 2)
    #expect(try Tests.contents(of: fetched) == Tests.file)
    // The record alone is not enough.
    try FileManager.default.removeItem(atPath: fetched.path)
    #expect(try store.file(of: configuration) == fetched && server.requests.count == 3)
    // Without the record the bytes tell.
    try FileManager.default.removeItem(atPath: fetched.path + ".sha256")
    #expect(try store.file(of: configuration) == fetched && server.requests.count == 3)
    #expect(Tests.leftovers(of: store) == Tests.complete)
  }

  @Test("the first file that is here goes before the first that can be fetched")
  func order() throws {
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    let (store, configuration) = (try Tests.store(), try Tests.configuration([server.url("first.pth")]))
    var both = configuration
    both.weights += try Tests.configuration([server.url("second.pth")]).weights
    _ = try store.file(both.weights[1], of: both)
    #expect(try store.file(of: both).path.hasSuffix("second.pth"))
    _ = try store.file(both.weights[0], of: both)
    #expect(try store.file(of: both).path.hasSuffix("first.pth"))
  }

  @Test("no name of a configuration leads out of the store's folder", arguments: ["../../x", "/etc", ".", "a b", ""])
  func folders(_ name: String) throws {
    var configuration = try Tests.configuration(["https://a.b/w.pth"])
    configuration.name = name
    let folder = ModelStore.folderName(of: configuration)
    #expect(!folder.contains("/") && !folder.hasPrefix(".") && !folder.isEmpty)
  }
}
