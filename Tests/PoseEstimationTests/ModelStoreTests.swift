import Foundation
import PoseConfiguration
import PoseCore
import TestSupport
import Testing

@testable import PoseEstimation

/// Fetching from servers on this machine; the published hosts are never asked.
@Suite("Weights by name", .timeLimit(.minutes(2)))
struct ModelStoreTests {
  /// More than a server sends at once.
  static let file: [UInt8] = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
  static let digest = sha256(file)
  static let page = Array("<!DOCTYPE html><html><body>This domain may be for sale.</body></html>".utf8)

  /// A configuration that publishes one file.
  static func configuration(
    _ urls: [String], digits: String? = String(digest.prefix(8)), bytes: Int? = nil
  ) throws -> ModelConfiguration {
    var weights = "url: [\(urls.joined(separator: ", "))], licence: Apache-2.0"
    if let digits { weights += ", sha256_prefix: '\(digits)'" }
    if let bytes { weights += ", bytes: \(bytes)" }
    let network = "model: { backbone: lite_hrnet_18, head: heatmap, joints: coco17, input: 256x192 }\n"
    var configuration = try ModelConfiguration(yaml: network + "weights: [{ \(weights) }]", name: "mine")
    configuration.name = "mine"
    return configuration
  }

  /// A proxy of the tests' environment does not know this machine's ports.
  private static let bypassProxies: Void = { _ = setenv("no_proxy", "127.0.0.1,localhost,host.invalid", 1) }()

  /// A store of a new folder, which waits for nothing longer than it must.
  static func store() throws -> ModelStore {
    bypassProxies
    var store = ModelStore(environment: ["XDG_CACHE_HOME": try ScratchFolder("store").url.path])
    store.patience.connectSeconds = 10
    store.patience.stallSeconds = 1
    store.patience.pause = .zero
    return store
  }

  static func leftovers(of store: ModelStore) -> [String] {
    (FileManager.default.enumerator(atPath: store.folder)?.allObjects as? [String])?.sorted() ?? []
  }

  /// The paths of a folder that holds the file.
  static let complete = ["mine", "mine/w.pth", "mine/w.pth.sha256"]

  static func contents(of file: ModelStore.File) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: file.path)))
  }

  /// The error of a fetch that must fail.
  static func failure(_ store: ModelStore, _ configuration: ModelConfiguration) -> StoreError? {
    #expect(throws: StoreError.self) { try store.file(of: configuration) }
  }

  /// Why the last address did not give the file.
  static func reason(_ error: StoreError?) -> TransferFailure.Reason? {
    if case .notFetched(_, _, let failures, _) = error { failures.last?.reason } else { nil }
  }

  @Test("a file is fetched once, verified and put in its place, and then read without a connection")
  func fetchesOnce() throws {
    let server = try LoopbackServer { request, _ in .init(Self.file, to: request) }
    let (store, configuration) = (try Self.store(), try Self.configuration([server.url("a/w.pth")]))
    #expect(try store.storedFile(configuration.weights[0], of: configuration) == nil)
    let fetched = try store.file(of: configuration)
    #expect(fetched.path == store.folder + "/mine/w.pth" && fetched.sha256 == Self.digest)
    #expect(fetched.bytes == Self.file.count)
    #expect(try Self.contents(of: fetched) == Self.file)
    #expect(Self.leftovers(of: store) == Self.complete)
    server.stop()
    #expect(try store.file(of: configuration) == fetched)
    #expect(server.requests.map(\.path) == ["/a/w.pth"])
  }

  @Test("progress says the size, and the file is announced once")
  func reports() throws {
    let server = try LoopbackServer { request, _ in .init(Self.file, to: request) }
    let (store, configuration) = (try Self.store(), try Self.configuration([server.url("w.pth")]))
    var (hosts, done, totals, fetched): ([String], [Int], Set<Int?>, Int) = ([], [], [], 0)
    for _ in 0..<2 {
      _ = try store.file(of: configuration) { event in
        switch event {
        case .connecting(_, let host, _): hosts.append(host)
        case .progress(let count, let total):
          done.append(count)
          totals.insert(total)
        case .fetched: fetched += 1
        case .failed, .waiting: Issue.record("\(event)")
        }
      }
    }
    #expect(hosts == ["127.0.0.1"] && totals == [Self.file.count] && fetched == 1)
    #expect(done == done.sorted() && done.last == Self.file.count)
  }

  @Test("a broken transfer goes on where it ended", arguments: [true, false])
  func resumes(_ saysLength: Bool) throws {
    let server = try LoopbackServer { request, index in
      var response = LoopbackServer.Response(Self.file, to: request)
      if index < 2 { response.breaksAfter = 100_000 }
      // The end of the connection is then the end of the file.
      response.saysLength = saysLength || index < 2
      return response
    }
    let (store, configuration) = (try Self.store(), try Self.configuration([server.url("w.pth")]))
    let fetched = try store.file(of: configuration)
    #expect(try Self.contents(of: fetched) == Self.file)
    #expect(server.requests.map(\.range) == [nil, "bytes=100000-", "bytes=200000-"])
  }

  @Test("what came of a transfer that stays broken is kept, and the next store goes on from there")
  func resumesLater() throws {
    let server = try LoopbackServer { request, index in
      var response = LoopbackServer.Response(Self.file, to: request)
      if index == 0 { response.breaksAfter = 70_000 }
      return response
    }
    var (store, configuration) = (try Self.store(), try Self.configuration([server.url("w.pth")]))
    store.patience.tries = 1
    // The first try brings bytes, which renews the patience, and the second must not reach a server.
    let broken = try LoopbackServer { request, _ in
      var response = LoopbackServer.Response(Self.file, to: request)
      response.breaksAfter = request.range == nil ? 70_000 : 0
      return response
    }
    let error = Self.failure(store, try Self.configuration([broken.url("w.pth")]))
    guard case .notFetched(_, _, _, kept: 70_000) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.exitCode == 69 && "\(error?.description ?? "")".contains("70000 bytes are kept"))
    #expect(Self.leftovers(of: store) == ["mine", "mine/w.pth.part"])
    let whole = try store.file(of: configuration)
    #expect(try Self.contents(of: whole) == Self.file && Self.leftovers(of: store) == Self.complete)
    #expect(server.requests.first?.range == "bytes=70000-")
    configuration.weights = []
    #expect(Self.failure(store, configuration)?.exitCode == 65)
  }

  @Test("a server that knows no ranges sends the whole file again")
  func restarts() throws {
    let server = try LoopbackServer { _, index in
      var response = LoopbackServer.Response(Self.file)
      if index == 0 { response.breaksAfter = 1000 }
      return response
    }
    let fetched = try Self.store().file(of: Self.configuration([server.url("w.pth")]))
    #expect(try Self.contents(of: fetched) == Self.file && server.requests.count == 2)
  }

  @Test("pieces of different files, and a piece of another place, lead to the whole file", arguments: [false, true])
  func piecesThatDoNotFit(_ isMisplaced: Bool) throws {
    let server = try LoopbackServer { request, index in
      var response = LoopbackServer.Response(index == 0 ? Self.file.reversed() : Self.file, to: request)
      if index == 0 { response.breaksAfter = 1000 }
      if index == 1, isMisplaced { response.headers["Content-Range"] = "bytes 7-99/100" }
      return response
    }
    let fetched = try Self.store().file(of: Self.configuration([server.url("w.pth")]))
    #expect(try Self.contents(of: fetched) == Self.file)
    #expect(server.requests.map(\.range) == [nil, "bytes=1000-", nil])
  }

  @Test("a part that is the whole file needs no connection")
  func completePart() throws {
    let (store, configuration) = (try Self.store(), try Self.configuration(["http://127.0.0.1:1/w.pth"]))
    try FileManager.default.createDirectory(atPath: store.folder + "/mine", withIntermediateDirectories: true)
    try Data(Self.file).write(to: URL(filePath: store.folder + "/mine/w.pth.part"))
    #expect(try Self.contents(of: store.file(of: configuration)) == Self.file)
    #expect(Self.leftovers(of: store) == Self.complete)
  }

  @Test("a part that is longer than the file is dropped")
  func overlongPart() throws {
    let server = try LoopbackServer { request, _ in .init(Self.file, to: request) }
    let (store, configuration) = (try Self.store(), try Self.configuration([server.url("w.pth")]))
    try FileManager.default.createDirectory(atPath: store.folder + "/mine", withIntermediateDirectories: true)
    try Data(Self.file + Self.file).write(to: URL(filePath: store.folder + "/mine/w.pth.part"))
    #expect(try Self.contents(of: store.file(of: configuration)) == Self.file)
    #expect(server.requests.map(\.range) == ["bytes=600000-", nil])
  }
}
