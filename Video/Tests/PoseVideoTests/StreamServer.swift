import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Sends a video over HTTP on this machine's loopback as a camera does: without a length, and not faster than it happens.
final class StreamServer: Sendable {
  /// What one connection gets.
  struct Broadcast: Sendable {
    var bytes: [UInt8]
    /// How many pieces the bytes are sent in, and how many seconds pass between them.
    var pieces = 20
    var pause = 0.05
    /// Whether the connection stays when everything is sent.
    var stays = false
    var saysLength = false
  }

  let port: UInt16
  private let listener: Int32
  private let connections = Atomic(0)

  /// - Parameter broadcasts: one for each connection; those after them are refused.
  init(_ broadcasts: [Broadcast]) throws {
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    signal(SIGPIPE, SIG_IGN)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isReady = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard isReady else { throw CocoaError(.fileReadUnknown) }
    Thread.detachNewThread { [weak self] in
      for broadcast in broadcasts {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        self?.connections.add(1, ordering: .relaxed)
        Self.send(broadcast, to: connection)
        close(connection)
      }
      shutdown(listener, 2)
    }
  }

  // It stays open, since the thread may still use its number.
  deinit { shutdown(listener, 2) }

  var url: String { "http://127.0.0.1:\(port)/live.ts" }
  var connectionCount: Int { connections.load(ordering: .relaxed) }

  private static func send(_ broadcast: Broadcast, to connection: Int32) {
    var request = [UInt8](repeating: 0, count: 4096)
    guard read(connection, &request, request.count) > 0 else { return }
    let length = broadcast.saysLength ? "Content-Length: \(broadcast.bytes.count)\r\n" : ""
    var rest = Array("HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\(length)\r\n".utf8)[...]
    let piece = broadcast.bytes.count / broadcast.pieces + 1
    for start in stride(from: 0, to: broadcast.bytes.count, by: piece) {
      rest += broadcast.bytes[start..<min(start + piece, broadcast.bytes.count)]
      while !rest.isEmpty {
        let sent = rest.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
        guard sent > 0 else { return }
        rest = rest.dropFirst(sent)
      }
      Thread.sleep(forTimeInterval: broadcast.pause)
    }
    // Until the other gives up.
    while broadcast.stays, read(connection, &request, request.count) > 0 {}
  }
}
