import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An HTTP server on this machine's loopback that answers as a test says, also wrongly. One request a connection.
package final class LoopbackServer: Sendable {
  package struct Request: Sendable {
    package var path: String
    /// The value of the header, such as `bytes=10-`.
    package var range: String?
  }

  package struct Response: Sendable {
    package var status = 200
    package var headers: [String: String] = [:]
    package var body: [UInt8] = []
    /// The length that the headers say, where it is not the body's.
    package var length: Int?
    /// Whether headers say a length at all.
    package var saysLength = true
    /// After how many bytes of the body the connection ends.
    package var breaksAfter: Int?
    /// After how many bytes of the body nothing more comes, though the connection stays.
    package var stallsAfter: Int?

    package init() {}

    package init(status: Int = 200, headers: [String: String] = [:], _ body: [UInt8] = []) {
      (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// The part of a file that the request asks for.
    package init(_ file: [UInt8], to request: Request) {
      guard let first = request.range.flatMap({ Int($0.dropFirst("bytes=".count).dropLast()) }) else {
        body = file
        return
      }
      guard first < file.count else {
        status = 416
        return
      }
      status = 206
      headers["Content-Range"] = "bytes \(first)-\(file.count - 1)/\(file.count)"
      body = Array(file[first...])
    }
  }

  package let port: UInt16
  private let listener: Int32
  private let seen = Mutex<[Request]>([])
  private let answer: @Sendable (Request, Int) -> Response

  /// - Parameter answer: gets a request and how many came before it.
  package init(_ answer: @escaping @Sendable (Request, Int) -> Response) throws {
    self.answer = answer
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isReady = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard isReady else { throw CocoaError(.fileReadUnknown) }
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        guard let server = self else {
          close(connection)
          return
        }
        Thread.detachNewThread { server.serve(connection) }
      }
    }
  }

  deinit { stop() }

  /// Takes no more connections.
  package func stop() {
    #if canImport(Glibc)
      shutdown(listener, Int32(SHUT_RDWR))
    #else
      shutdown(listener, SHUT_RDWR)
    #endif
  }

  /// The requests that came, in their order.
  package var requests: [Request] { seen.withLock(\.self) }

  package func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    guard let request = Self.request(from: connection) else { return }
    let index = seen.withLock { requests in
      requests.append(request)
      return requests.count - 1
    }
    let response = answer(request, index)
    var head = "HTTP/1.1 \(response.status) Answer\r\nConnection: close\r\n"
    for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
    if response.saysLength { head += "Content-Length: \(response.length ?? response.body.count)\r\n" }
    Self.send(Array((head + "\r\n").utf8)[...], to: connection)
    Self.send(response.body.prefix(response.breaksAfter ?? response.stallsAfter ?? response.body.count), to: connection)
    if response.stallsAfter != nil {
      // Until the other gives up.
      var byte = UInt8(0)
      while recv(connection, &byte, 1, 0) > 0 {}
    }
  }

  private static func request(from connection: Int32) -> Request? {
    var text: [UInt8] = []
    var byte = UInt8(0)
    while !text.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
      guard recv(connection, &byte, 1, 0) == 1, text.count < 10_000 else { return nil }
      // What begins an encrypted connection is no letter.
      guard text.count > 0 || byte >= 0x41 else { return nil }
      text.append(byte)
    }
    let lines = String(decoding: text, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count > 1 else { return nil }
    let range = lines.first { $0.lowercased().hasPrefix("range: ") }
    return Request(path: String(words[1]), range: range.map { String($0.dropFirst("range: ".count)) })
  }

  private static func send(_ bytes: ArraySlice<UInt8>, to connection: Int32) {
    #if canImport(Glibc)
      let flags = Int32(MSG_NOSIGNAL)
    #else
      let flags: Int32 = 0
    #endif
    var rest = bytes
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Self.sendOnce(connection, $0.baseAddress, $0.count, flags) }
      guard sent > 0 else { return }
      rest = rest.dropFirst(sent)
    }
  }

  private static func sendOnce(
    _ connection: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32
  ) -> Int {
    #if canImport(Glibc)
      Glibc.send(connection, bytes, count, flags)
    #else
      Darwin.send(connection, bytes, count, flags)
    #endif
  }
}
