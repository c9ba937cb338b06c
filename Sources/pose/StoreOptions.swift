import ArgumentParser
import PoseConfiguration
import PoseEstimation
import PoseFormats

/// How the models that `--model` names are found.
struct StoreOptions: ParsableArguments {
  @Flag(help: "Never connect: published weights must be here already. POSE_OFFLINE=1 does the same.")
  var offline = false

  var store: ModelStore {
    var store = ModelStore()
    if offline { store.isOffline = true }
    return store
  }

  /// The model of a weights file, or of a configuration whose published weights are fetched if they are not here. Says
  /// on standard error which configuration it has, and why.
  ///
  /// - Parameter configuration: the configuration where the caller names it.
  func model(_ nameOrPath: String, configuration: String? = nil) throws -> Model {
    guard ModelName.isName(nameOrPath) else {
      try ModelName.checkFile(nameOrPath)
      return try Model(contentsOf: nameOrPath, configuration: configuration).announced()
    }
    let named = try Zoo.configuration(named: nameOrPath)
    let report = FetchReport()
    let path = try store.installedFile(of: named) ?? store.file(of: named) { report($0) }.path
    return try Model(contentsOf: path, configuration: configuration ?? nameOrPath).announced()
  }
}

/// Whether a text names a file of weights or a configuration.
enum ModelName {
  static func isName(_ text: String) -> Bool {
    if [".yaml", ".yml"].contains(where: text.lowercased().hasSuffix) { return true }
    if FileKind(text) != nil { return false }
    // A name that the zoo does not have gets an error with the nearest one.
    return Zoo.names.contains(text) || !text.contains { "./".contains($0) }
  }

  /// Says how to get a published file that is not there.
  static func checkFile(_ path: String) throws {
    guard FileKind(path) == nil else { return }
    let name = path.fileName
    guard
      let publisher = Zoo.configurations(forFile: name).first(where: { configuration in
        configuration.weights.contains { $0.fileName == name && !$0.addresses.isEmpty }
      })
    else { return }
    throw InputError(
      "'\(path)' does not exist: check the path, or let `pose fetch \(name)` fetch it, or name its configuration: "
        + "--model \(publisher.name)")
  }
}
