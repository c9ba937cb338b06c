/// An address that weights may be fetched from: https, or http if the host is this machine itself.
package struct WeightsAddress: Sendable, Hashable {
  package let text: String
  package let scheme: Scheme
  /// The host without its port, in lowercase.
  package let host: String

  package enum Scheme: String, Sendable { case https, http }

  /// - Returns: nil if the text is no such address.
  package init?(_ text: String) {
    guard text.utf8.count <= 2000, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scheme = Scheme(rawValue: parts[0].lowercased()), parts[1].hasPrefix("//") else {
      return nil
    }
    let authority = parts[1].dropFirst(2).prefix { !"/?#".contains($0) }
    guard let host = Self.host(of: authority) else { return nil }
    guard scheme == .https || Self.isLoopback(host) else { return nil }
    (self.text, self.scheme, self.host) = (text, scheme, host)
  }

  /// The name of the file that the address ends in.
  package var fileName: String {
    let path = text.prefix { !"?#".contains($0) }.dropFirst(scheme.rawValue.count + 3)
    return path.split(separator: "/").dropFirst().last.map(String.init) ?? ""
  }

  /// Whether the host shows a page on which a person has to press a button, so that no program can fetch the file.
  package var needsBrowser: Bool {
    ["drive.google.com", "docs.google.com", "onedrive.live.com", "1drv.ms", "pan.baidu.com"].contains(host)
  }

  /// The address of a file below this one.
  package func appending(_ components: String...) -> WeightsAddress? {
    WeightsAddress(([text.last == "/" ? String(text.dropLast()) : text] + components).joined(separator: "/"))
  }

  /// The host of `host:port`, without user names, which nothing here needs and which make addresses look like others'.
  private static func host(of authority: Substring) -> String? {
    let isBracketed = authority.hasPrefix("[")
    let end = isBracketed ? authority.firstIndex(of: "]") : authority.firstIndex(of: ":") ?? authority.endIndex
    guard let end else { return nil }
    let host = isBracketed ? authority[authority.startIndex...end] : authority[..<end]
    let rest = authority[host.endIndex...]
    let allowed = isBracketed ? "[]:.%" : ".-_"
    guard !host.isEmpty, host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || allowed.contains($0)) }) else {
      return nil
    }
    guard rest.isEmpty || rest.first == ":" && UInt16(rest.dropFirst()) != nil else { return nil }
    return host.lowercased()
  }

  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return numbers.count == 4 && numbers.first == 127 && !numbers.contains(nil)
  }
}
