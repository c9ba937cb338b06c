import PoseGraph
import Yams

extension Zoo {
  /// A configuration by name or path with some of its values replaced, checked as if its file had them.
  ///
  /// - Parameter settings: each `KEY=VALUE`, the key a path as `train.optimizer.lr` or `train.data.train.0.images`, the
  ///   value YAML.
  /// - Throws: ``ConfigurationError`` with the key at fault.
  public static func configuration(
    named name: String, settings: [String]
  ) throws(ConfigurationError) -> ModelConfiguration {
    if settings.isEmpty { return try configuration(named: name) }
    let (text, stem, folders) = try text(named: name)
    let source = "\(name) with --set"
    guard var node = try ModelConfiguration.node(of: text, name: name) else {
      throw ConfigurationError(source: name, problem: .malformed("is empty"))
    }
    for setting in settings {
      guard let sign = setting.firstIndex(of: "="), sign > setting.startIndex else {
        throw ConfigurationError(
          source: "--set", key: String(setting.prefix(80)), problem: .invalid("needs KEY=VALUE as in train.epochs=10"))
      }
      let key = String(setting[..<sign])
      let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      let value = try ModelConfiguration.node(of: String(setting[setting.index(after: sign)...]), name: "--set \(key)")
      do throws(ConfigurationError.Problem) {
        guard path.count <= 20 else { throw .invalid("goes deeper than any configuration") }
        node = try node.setting(path[...], to: value ?? Node("", Tag(.null)))
      } catch {
        throw ConfigurationError(source: "--set", key: key, problem: error)
      }
    }
    var configuration: ModelConfiguration = try ModelConfiguration.decode(node, name: source, folders: folders)
    if configuration.name.isEmpty { configuration.name = stem }
    return configuration
  }
}

extension ModelConfiguration {
  /// The configuration as a file would have it, with all that was left out.
  ///
  /// - Throws: ``ConfigurationError`` where it cannot be written as YAML.
  public func yaml() throws(ConfigurationError) -> String {
    do {
      let encoder = YAMLEncoder()
      encoder.options.sortKeys = false
      encoder.options.width = -1
      return try encoder.encode(self)
    } catch {
      throw ConfigurationError(source: name, problem: .invalid("cannot be written as YAML: \(error)"))
    }
  }
}

extension Node {
  /// The same tree with a value at a path; sections that are missing are made.
  fileprivate func setting(_ path: ArraySlice<String>, to value: Node) throws(ConfigurationError.Problem) -> Node {
    guard let name = path.first else { return value }
    let rest = path.dropFirst()
    let missing = Node([(Node, Node)]())
    switch self {
    case .sequence(var items):
      guard let index = Int(name), (0...items.count).contains(index) else {
        throw .invalid("'\(name.prefix(40))' should be a place in a list of \(items.count)")
      }
      if index == items.count { items.append(missing) }
      items[index] = try items[index].setting(rest, to: value)
      return .sequence(items)
    case .mapping(var section):
      if section.isEmpty, name == "0" { return Node([try missing.setting(rest, to: value)]) }
      section[Node(name)] = try (section[Node(name)] ?? missing).setting(rest, to: value)
      return .mapping(section)
    case .scalar(let part) where part.string.first?.isLetter == true:
      // A part that is given by its name alone gets an argument.
      return try Node([(Node("name"), self)]).setting(path, to: value)
    default: return try missing.setting(path, to: value)
    }
  }
}
