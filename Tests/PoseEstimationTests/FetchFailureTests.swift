import Foundation
import PoseConfiguration
import TestSupport
import Testing

@testable import PoseEstimation

/// A fetch that fails says why, and leaves nothing behind.
@Suite("Fetching that fails", .timeLimit(.minutes(2)))
struct FetchFailureTests {
  typealias Response = LoopbackServer.Response
  private typealias Tests = ModelStoreTests

  enum Wrong: String, CaseIterable, Sendable {
    case missing, gone, fault, page, pageWithoutType, other, empty, redirectToFile, redirectToHTTPS, redirectToHTTP
    case redirectToNothing, redirectForever

    var response: Response {
      switch self {
      case .missing: Response(status: 404, headers: ["Content-Type": "text/html"], ModelStoreTests.page)
      case .gone: Response(status: 410)
      case .fault: Response(status: 503, headers: ["Content-Type": "text/html"], ModelStoreTests.page)
      case .page: Response(headers: ["Content-Type": "text/html; charset=utf-8"], ModelStoreTests.page)
      case .pageWithoutType: Response(Array("\r\n ".utf8) + ModelStoreTests.page)
      case .other: Response(ModelStoreTests.file.reversed())
      case .empty: Response()
      case .redirectToFile: Response(status: 302, headers: ["Location": "file:///etc/passwd"])
      case .redirectToHTTPS: Response(status: 301, headers: ["Location": "https://127.0.0.1:9/w.pth"])
      case .redirectToHTTP: Response(status: 307, headers: ["Location": "http://example.org/w.pth"])
      case .redirectToNothing: Response(status: 308)
      case .redirectForever: Response(status: 302, headers: ["Location": "/w.pth"])
      }
    }

    func explains(_ reason: TransferFailure.Reason?) -> Bool {
      switch (self, reason) {
      case (.missing, .status(404)), (.gone, .status(410)), (.fault, .status(503)), (.page, .page): true
      case (.pageWithoutType, .page), (.empty, .other), (.redirectForever, .tooManyRedirects): true
      case (.other, .wrongDigest(ModelStoreTests.digest.prefix(8).description, _)): true
      case (.redirectToFile, .redirect("file:///etc/passwd")), (.redirectToNothing, .redirect): true
      case (.redirectToHTTPS, .redirect), (.redirectToHTTP, .redirect("http://example.org/w.pth")): true
      default: false
      }
    }
  }

  @Test("answers that are not the file", arguments: Wrong.allCases)
  func wrongAnswers(_ wrong: Wrong) throws {
    let server = try LoopbackServer { _, _ in wrong.response }
    let store = try Tests.store()
    let error = Tests.failure(store, try Tests.configuration([server.url("w.pth")]))
    #expect(wrong.explains(Tests.reason(error)), "\(String(describing: error))")
    #expect(error?.exitCode == (wrong == .other ? 65 : 69))
    #expect(Tests.leftovers(of: store).isEmpty)
    #expect(error?.description.contains("POSE_WEIGHTS_MIRROR") == true)
  }

  @Test("a length that is not the published one", arguments: [true, false])
  func wrongLength(_ isSaid: Bool) throws {
    let server = try LoopbackServer { _, _ in
      var response = Response(Tests.file)
      response.saysLength = isSaid
      return response
    }
    let store = try Tests.store()
    let error = Tests.failure(store, try Tests.configuration([server.url("w.pth")], bytes: 1000))
    guard case .wrongSize(expected: 1000, _) = Tests.reason(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.exitCode == 65 && Tests.leftovers(of: store).isEmpty)
  }

  @Test("a file of a size that is no file's")
  func tooLarge() throws {
    let server = try LoopbackServer { _, _ in
      var response = Response(Tests.file)
      response.length = 1 << 50
      return response
    }
    let store = try Tests.store()
    let error = Tests.failure(store, try Tests.configuration([server.url("w.pth")]))
    #expect(Tests.reason(error) == .tooLarge(limit: 8 << 30) && Tests.leftovers(of: store).isEmpty)
  }

  @Test("a server that stops sending is given up, and another address is asked")
  func stalls() throws {
    let silent = try LoopbackServer { _, _ in
      var response = Response(Tests.file)
      response.stallsAfter = 0
      return response
    }
    var store = try Tests.store()
    store.patience.tries = 1
    let error = Tests.failure(store, try Tests.configuration([silent.url("w.pth")]))
    #expect(Tests.reason(error) == .stalled && Tests.leftovers(of: store).isEmpty)
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    let fetched = try store.file(of: Tests.configuration([silent.url("w.pth"), server.url("w.pth")]))
    #expect(fetched.sha256 == Tests.digest && silent.requests.count == 2)
  }

  @Test("hosts that are not there, or not who they should be")
  func noServer() throws {
    let store = try Tests.store()
    let server = try LoopbackServer { _, _ in Response(Tests.file) }
    let encrypted = Tests.failure(store, try Tests.configuration(["https://127.0.0.1:\(server.port)/w.pth"]))
    guard case .untrusted = Tests.reason(encrypted) else {
      Issue.record("\(String(describing: encrypted))")
      return
    }
    let unknown = Tests.failure(store, try Tests.configuration(["https://host.invalid/w.pth"]))
    #expect(Tests.reason(unknown) == .noHost("host.invalid"))
    #expect(unknown?.exitCode == 69 && unknown?.description.contains("lapsed") == true)
    // Nobody listens at the port of a TCP service that is long gone.
    guard case .noConnection = Tests.reason(Tests.failure(store, try Tests.configuration(["http://127.0.0.1:1/w.pth"])))
    else {
      Issue.record("a connection")
      return
    }
    #expect(Tests.leftovers(of: store).isEmpty)
  }

  @Test("no room is noticed before anything is fetched")
  func noRoom() throws {
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    var store = try Tests.store()
    store.freeBytes = { _ in 1000 }
    let error = Tests.failure(store, try Tests.configuration([server.url("w.pth")]))
    guard case .noRoom(_, needed: 300_000, free: 1000) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.exitCode == 74 && Tests.leftovers(of: store).isEmpty)
  }

  @Test("a folder that cannot be made")
  func noFolder() throws {
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    var store = try Tests.store()
    store.folder = "/dev/null/swift-pose"
    let error = Tests.failure(store, try Tests.configuration([server.url("w.pth")]))
    #expect(error?.exitCode == 74 && server.requests.isEmpty, "\(String(describing: error))")
  }

  @Test("the next address is asked if one has another file or none")
  func nextAddress() throws {
    let wrong = try LoopbackServer { request, _ in
      request.path == "/a/w.pth" ? Response(status: 404) : Response(Tests.file.reversed())
    }
    let server = try LoopbackServer { request, _ in Response(Tests.file, to: request) }
    let urls = [wrong.url("a/w.pth"), wrong.url("b/w.pth"), server.url("c/w.pth")]
    let fetched = try Tests.store().file(of: Tests.configuration(urls))
    #expect(fetched.sha256 == Tests.digest && wrong.requests.map(\.path) == ["/a/w.pth", "/b/w.pth"])
    #expect(server.requests.map(\.path) == ["/c/w.pth"] && server.requests[0].range == nil)
  }
}
