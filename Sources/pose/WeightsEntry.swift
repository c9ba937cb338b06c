import PoseConfiguration
import PoseEstimation

/// A published file of weights, as `pose models` lists it.
struct WeightsEntry: Encodable {
  let file: String
  let urls: [String]
  let needsBrowser: Bool
  /// Where the file is, or is to be.
  let path: String
  let isHere: Bool
  let bytes: Int?
  /// The SHA-256 of the file that is here, or else the published one; only its first digits if no more are published.
  let sha256: String?
  let licence: String?
  let source: String?
  let ap: Double?
  let pckh: Double?
  private let page: String?
  private let host: String?

  init(_ weights: PublishedWeights, of configuration: ModelConfiguration, _ store: ModelStore) {
    // A file that is not the published one counts as none.
    let stored = try? store.storedFile(weights, of: configuration)
    file = weights.fileName
    urls = weights.urls
    host = weights.addresses.first?.host
    needsBrowser = host == nil
    page = weights.browserPage
    path = store.path(of: weights, for: configuration)
    isHere = stored != nil
    bytes = stored?.bytes ?? weights.bytes
    sha256 = stored?.sha256 ?? weights.digits
    (licence, source, ap, pckh) = (weights.licence, weights.source, weights.ap, weights.pckh)
  }

  /// The state in a few words.
  var place: String {
    let licence = licence ?? "license not stated"
    if isHere { return ["here", bytes?.megabytes, licence].compactMap(\.self).joined(separator: ", ") }
    return [host ?? "browser", bytes?.megabytes, licence].compactMap(\.self).joined(separator: ", ")
  }

  /// The page for browsers, where there is one and the file is not here yet.
  func pageLine(of configuration: String) -> String? {
    guard let page, !isHere else { return nil }
    let accuracy = ap.map { " (AP \($0))" } ?? pckh.map { " (PCKh \($0))" } ?? ""
    return "  \(configuration)\(accuracy): \(page)\n    \(path.onOneLine)"
  }

  enum CodingKeys: String, CodingKey {
    case file, urls, path, bytes, sha256, licence, source, ap, pckh
    case needsBrowser = "needs_browser"
    case isHere = "is_here"
  }
}
