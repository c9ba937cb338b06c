import CTransfer
import PoseConfiguration

/// What takes a response in.
protocol ResponseReceiver: AnyObject {
  /// A line of the response's headers.
  func take(header line: String)
  /// A piece of its body.
  ///
  /// - Returns: false to end the transfer.
  func take(body bytes: UnsafeRawBufferPointer) -> Bool
}

/// One HTTP request by libcurl. It follows no redirect, and uses the proxies of the environment's usual variables.
enum HTTPTransfer {
  struct End {
    var status: CTransferStatus
    /// What libcurl says about a failure.
    var message: String
    /// The address that the server refers to.
    var redirect: String?
  }

  static func get(
    _ address: WeightsAddress, from offset: Int, _ patience: ModelStore.Patience, into receiver: any ResponseReceiver
  ) -> End {
    let box = Box(receiver)
    var result = CTransferResult()
    let status = withExtendedLifetime(box) {
      address.text.withCString { url in
        "swift-pose".withCString { agent in
          var request = CTransferRequest(
            url: url, offset: Int64(offset), connect_seconds: patience.connectSeconds,
            stall_seconds: patience.stallSeconds, agent: agent, context: Unmanaged.passUnretained(box).toOpaque(),
            header: { context, bytes, count in
              let line = UnsafeRawBufferPointer(start: bytes, count: count)
              Box.of(context)?.receiver.take(header: String(decoding: line, as: UTF8.self))
            },
            body: { context, bytes, count in
              Box.of(context)?.receiver.take(body: UnsafeRawBufferPointer(start: bytes, count: count)) ?? false
            })
          return ctransfer_get(&request, &result)
        }
      }
    }
    let redirect = text(of: &result.redirect)
    return End(
      status: status, message: text(of: &result.message), redirect: redirect.isEmpty ? nil : redirect)
  }

  /// The text of an array of C that ends with a zero.
  private static func text<Characters>(of characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private final class Box {
    let receiver: any ResponseReceiver

    init(_ receiver: any ResponseReceiver) { self.receiver = receiver }

    static func of(_ context: UnsafeMutableRawPointer?) -> Box? {
      context.map { Unmanaged<Box>.fromOpaque($0).takeUnretainedValue() }
    }
  }
}
