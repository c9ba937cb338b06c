import PoseGraph

/// The models that the library knows by name; their configurations are part of the binary.
public enum Zoo {
  /// The names in alphabetical order.
  public static let names = embeddedConfigurations.keys.sorted()

  /// Every configuration, by name.
  public static var all: [ModelConfiguration] { known.map(\.configuration) }

  /// The configuration of that name, or of that path if it ends in `.yaml`.
  ///
  /// - Throws: ``ConfigurationError`` with the nearest name, or what is wrong with the file.
  public static func configuration(named name: String) throws(ConfigurationError) -> ModelConfiguration {
    let (text, stem, folders) = try text(named: name)
    var configuration: ModelConfiguration = try ModelConfiguration.decode(text, name: name, folders: folders)
    if configuration.name.isEmpty { configuration.name = stem }
    return configuration
  }

  /// A configuration's text, its name unless the text says otherwise, and the folders where paths in it start.
  static func text(
    named name: String
  ) throws(ConfigurationError) -> (text: String, name: String, folders: [String]) {
    if let text = embeddedConfigurations[name] { return (text, name, ["."]) }
    guard name.hasSuffix(".yaml") || name.hasSuffix(".yml") else {
      throw ConfigurationError(
        source: "the zoo", problem: .unknown(name, nearest: nearest(to: name, among: names), known: names))
    }
    return (
      try ModelConfiguration.text(of: name), ModelConfiguration.stem(of: name),
      [ModelConfiguration.folder(of: name), "."]
    )
  }

  /// The configurations whose network has just the checkpoint's names and shapes; counters of batches may be missing.
  ///
  /// Names and shapes do not tell how pictures are prepared: all configurations of one network fit.
  public static func configurations(fitting checkpoint: Checkpoint) -> [ModelConfiguration] {
    var fits: [NetworkDescription: Bool] = [:]
    return known.compactMap { entry in
      let fit = fits[entry.key] ?? entry.matches(checkpoint)
      fits[entry.key] = fit
      return fit ? entry.configuration : nil
    }
  }

  private static let known: [Entry] = {
    var parameters: [NetworkDescription: [Parameter]] = [:]
    return names.compactMap { name in
      guard let configuration = try? configuration(named: name) else { return nil }
      let key = configuration.model
      if parameters[key] == nil { parameters[key] = (try? configuration.graph())?.parameters }
      return parameters[key].map { Entry(configuration: configuration, key: key, parameters: $0) }
    }
  }()

  private struct Entry {
    var configuration: ModelConfiguration
    /// The same for configurations of the same network.
    var key: NetworkDescription
    var parameters: [Parameter]

    func matches(_ checkpoint: Checkpoint) -> Bool {
      var found = 0
      for parameter in parameters {
        let isCounter = parameter.role == .buffer(isInteger: true)
        guard let tensor = checkpoint[parameter.name] else {
          if isCounter { continue }
          return false
        }
        guard isCounter || tensor.shape == parameter.shape else { return false }
        found += 1
      }
      return found == checkpoint.count
    }
  }
}
