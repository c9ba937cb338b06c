import Foundation

/// An entry of the `weights` section: a published file of weights for this configuration.
public struct PublishedWeights: Sendable, Hashable, Codable {
  /// Where the file is.
  public var url: String
  /// The file's name, where the address does not end in it.
  public var file: String?
  /// The file's SHA-256 in hexadecimal digits.
  package var sha256: String?
  /// The first digits of the file's SHA-256, where no more are published.
  package var sha256Prefix: String?
  /// The SPDX identifier of the weights' licence.
  public var licence: String?
  /// The published average precision or PCKh in percent, where it differs from the configuration's.
  public var ap, pckh: Double?

  public init(url: String, sha256Prefix: String? = nil, licence: String? = nil) {
    (self.url, self.sha256Prefix, self.licence) = (url, sha256Prefix, licence)
  }

  /// The name of the file: ``file``, or else the last component of ``url``.
  package var fileName: String { file ?? url.split(separator: "/").last.map(String.init) ?? url }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case url, file, sha256
    case sha256Prefix = "sha256_prefix"
    case licence, ap, pckh
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    url = try section.value(.url)
    file = try section.optional(.file)
    sha256 = try section.optional(.sha256)
    sha256Prefix = try section.optional(.sha256Prefix)
    licence = try section.optional(.licence)
    ap = try section.optional(.ap)
    pckh = try section.optional(.pckh)

    func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
    try section.check(
      .url, url.hasPrefix("https://") && url.utf8.count <= 500 && isPlain(url) && URL(string: url)?.host() != nil,
      "needs an address that starts with https://")
    let name = fileName
    try section.check(
      file == nil ? .url : .file,
      (1...200).contains(name.utf8.count) && isPlain(name) && !name.contains("/") && !name.hasPrefix("."),
      "needs the name of a file, without folders")
    func isDigest(_ text: String, _ count: ClosedRange<Int>) -> Bool {
      count.contains(text.utf8.count) && text.allSatisfy { $0.isASCII && $0.isHexDigit && !$0.isUppercase }
    }
    try section.check(.sha256, sha256.map { isDigest($0, 64...64) } ?? true, "needs 64 lowercase hexadecimal digits")
    try section.check(
      .sha256Prefix, sha256Prefix.map { isDigest($0, 8...63) } ?? true, "needs 8 to 63 lowercase hexadecimal digits")
    try section.check(
      .licence, licence.map { (1...100).contains($0.utf8.count) && isPlain($0) } ?? true,
      "needs an SPDX identifier such as Apache-2.0")
    for (key, value) in [(CodingKeys.ap, ap), (.pckh, pckh)] {
      try section.check(key, (0.0...100).contains(value ?? 0), "needs percent in 0...100")
    }
  }
}
