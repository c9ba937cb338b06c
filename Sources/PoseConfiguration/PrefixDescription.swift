import PoseModels

/// The `names` of a network: the name of a preset, or a section with a prefix for each part.
struct PrefixDescription: Codable {
  var prefixes: LayerPrefixes
  /// Whether the name is one of before necks were parts of their own, when Poseur's head brought its neck.
  var impliesNeck = false

  init(prefixes: LayerPrefixes) { self.prefixes = prefixes }

  enum CodingKeys: String, CodingKey, CaseIterable { case backbone, neck, head }

  init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      let isFormer = name == "mmpose_neck"
      let known = LayerPrefixes.presets.map(\.key)
      guard let preset = LayerPrefixes.presets.first(where: { $0.key == (isFormer ? "mmpose" : name) }) else {
        let problem = ConfigurationError.Problem.unknown(name, among: known)
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: problem.description, underlyingError: problem))
      }
      (prefixes, impliesNeck) = (preset.value, isFormer)
      return
    }
    let section = try Section<CodingKeys>(decoder)
    prefixes = LayerPrefixes()
    for (key, property) in [
      (CodingKeys.backbone, \LayerPrefixes.backbone), (.neck, \.neck), (.head, \.head),
    ] as [(CodingKeys, WritableKeyPath<LayerPrefixes, String>)] {
      let prefix: String = try section.value(key, default: "")
      try section.check(
        key,
        prefix.utf8.count <= 100
          && prefix.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.".contains($0)) },
        "needs at most 100 letters, digits, '_' and '.'")
      prefixes[keyPath: property] = prefix
    }
  }

  func encode(to encoder: any Encoder) throws {
    if let preset = LayerPrefixes.presets.first(where: { $0.value == prefixes }) {
      return try preset.key.encode(to: encoder)
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(prefixes.backbone, forKey: .backbone)
    try container.encode(prefixes.neck, forKey: .neck)
    try container.encode(prefixes.head, forKey: .head)
  }
}
