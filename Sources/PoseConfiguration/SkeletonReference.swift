import PoseCore

/// The `joints` of a network: the name of a skeleton, the path of a skeleton file, or the skeleton itself.
struct SkeletonReference: Codable {
  var skeleton: Skeleton

  init(skeleton: Skeleton) { self.skeleton = skeleton }

  init(from decoder: any Decoder) throws {
    guard let name = try? decoder.singleValueContainer().decode(String.self) else {
      skeleton = try SkeletonDescription(from: decoder).skeleton
      if skeleton.name.isEmpty { skeleton.name = "custom" }
      return
    }
    if let known = Skeleton(named: name) {
      skeleton = known
      return
    }
    // A configuration within a model file names no files of this machine.
    let folders = decoder.userInfo[.folders] as? [String] ?? []
    guard name.hasSuffix(".yaml") || name.hasSuffix(".yml"), !folders.isEmpty else {
      let known = Skeleton.all.map(\.name)
      let problem = ConfigurationError.Problem.unknown(name, among: known)
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: problem.description, underlyingError: problem))
    }
    let paths = name.hasPrefix("/") ? [name] : folders.map { ($0.hasSuffix("/") ? $0 : $0 + "/") + name }
    skeleton = try Skeleton(contentsOf: paths.first(where: ModelConfiguration.isFile) ?? paths[0])
  }

  func encode(to encoder: any Encoder) throws {
    if Skeleton(named: skeleton.name) == skeleton { return try skeleton.name.encode(to: encoder) }
    try SkeletonDescription(skeleton).encode(to: encoder)
  }
}
