/// An entry of the `weights` section: a published file of weights for this configuration.
public struct PublishedWeights: Sendable, Hashable, Codable {
  /// The addresses of the file, in the order in which they are tried. One whose host shows a page for browsers is for people
  /// alone.
  public var urls: [String]
  /// The file's name, where the first address does not end in it.
  public var file: String?
  /// The file's size, where it is known.
  public var bytes: Int?
  /// The file's SHA-256 in hexadecimal digits.
  package var sha256: String?
  /// The first digits of the file's SHA-256, where no more are published.
  package var sha256Prefix: String?
  /// The SPDX identifier of the weights' licence; nil where the source states none.
  public var licence: String?
  /// Where the file was found: a page, or a repository and a file in it.
  public var source: String?
  /// The published average precision or PCKh in percent, where it differs from the configuration's.
  public var ap, pckh: Double?

  public init(url: String, sha256Prefix: String? = nil, licence: String? = nil) {
    (urls, self.sha256Prefix, self.licence) = ([url], sha256Prefix, licence)
  }

  /// The name of the file: ``file``, or else the last component of the first address.
  package var fileName: String { file ?? urls.first.flatMap(WeightsAddress.init)?.fileName ?? "" }

  /// The addresses that a program can fetch the file from.
  package var addresses: [WeightsAddress] { urls.compactMap(WeightsAddress.init).filter { !$0.needsBrowser } }

  /// The page that a person can fetch the file from, where there is one.
  package var browserPage: String? { urls.compactMap(WeightsAddress.init).first(where: \.needsBrowser)?.text }

  /// The digits that the file's SHA-256 must start with; nil where none are published.
  package var digits: String? { sha256 ?? sha256Prefix }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case url, file, bytes, sha256
    case sha256Prefix = "sha256_prefix"
    case licence, source, ap, pckh
  }

  /// What configurations say where a source states no licence.
  private static let noLicence = "not stated"

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    urls = if let one: String = try? section.value(.url) { [one] } else { try section.value(.url) }
    file = try section.optional(.file)
    bytes = try section.optional(.bytes)
    sha256 = try section.optional(.sha256)
    sha256Prefix = try section.optional(.sha256Prefix)
    licence = try section.optional(.licence)
    source = try section.optional(.source)
    ap = try section.optional(.ap)
    pckh = try section.optional(.pckh)

    func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
    try section.check(.url, (1...8).contains(urls.count), "needs 1 to 8 addresses")
    for url in urls {
      try section.check(
        .url, url.utf8.count <= 500 && WeightsAddress(url) != nil,
        "needs an address that starts with https:// (http:// on this machine alone)")
    }
    let name = fileName
    try section.check(
      file == nil ? .url : .file,
      (1...200).contains(name.utf8.count) && isPlain(name) && !name.contains("/") && !name.hasPrefix("."),
      "needs the name of a file, without folders")
    // The store keeps files of these names beside the weights.
    try section.check(
      file == nil ? .url : .file, ![".sha256", ".part"].contains(where: name.hasSuffix), "needs a file of weights")
    try section.check(.bytes, (1...(8 << 30)).contains(bytes ?? 1), "needs 1 byte to 8 GiB")
    func isDigest(_ text: String, _ count: ClosedRange<Int>) -> Bool {
      count.contains(text.utf8.count) && text.allSatisfy { $0.isASCII && $0.isHexDigit && !$0.isUppercase }
    }
    try section.check(.sha256, sha256.map { isDigest($0, 64...64) } ?? true, "needs 64 lowercase hexadecimal digits")
    try section.check(
      .sha256Prefix, sha256Prefix.map { isDigest($0, 8...63) } ?? true, "needs 8 to 63 lowercase hexadecimal digits")
    if licence == Self.noLicence { licence = nil }
    try section.check(
      .licence, licence.map { (1...100).contains($0.utf8.count) && isPlain($0) } ?? true,
      "needs an SPDX identifier such as Apache-2.0, or '\(Self.noLicence)'")
    try section.check(
      .source, source.map { (1...300).contains($0.utf8.count) && isPlain($0) } ?? true,
      "needs an address, or a repository and a file such as owner/name:README.md")
    for (key, value) in [(CodingKeys.ap, ap), (.pckh, pckh)] {
      try section.check(key, (0.0...100).contains(value ?? 0), "needs percent in 0...100")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if urls.count == 1 { try container.encode(urls[0], forKey: .url) } else { try container.encode(urls, forKey: .url) }
    try container.encodeIfPresent(file, forKey: .file)
    try container.encodeIfPresent(bytes, forKey: .bytes)
    try container.encodeIfPresent(sha256, forKey: .sha256)
    try container.encodeIfPresent(sha256Prefix, forKey: .sha256Prefix)
    try container.encodeIfPresent(licence, forKey: .licence)
    try container.encodeIfPresent(source, forKey: .source)
    try container.encodeIfPresent(ap, forKey: .ap)
    try container.encodeIfPresent(pckh, forKey: .pckh)
  }
}
