/// Calls a C function that returns 0, or writes why it failed into the memory that it is lent.
///
/// - Returns: the reason, or nil where the call succeeded.
func libraryFailure(messageCount: Int, _ call: (UnsafeMutablePointer<CChar>) -> Int32) -> String? {
  var message = Array(repeating: CChar(0), count: messageCount)
  guard message.withUnsafeMutableBufferPointer({ $0.baseAddress.map(call) ?? 1 }) != 0 else { return nil }
  return String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
