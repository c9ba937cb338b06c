import PoseConfiguration

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ModelStore {
  /// The folders with models that an installation brought: `share/swift-pose/models` beside the folder of this program, then
  /// `swift-pose/models` below `$XDG_DATA_HOME` and `$XDG_DATA_DIRS`.
  static func installedFolders(program: String?, environment: [String: String]) -> [String] {
    func value(_ name: String, default: String) -> String {
      environment[name].flatMap { $0.isEmpty ? nil : $0 } ?? `default`
    }
    let home = value("HOME", default: URL.homeDirectory.path)
    let data =
      [value("XDG_DATA_HOME", default: home + "/.local/share")]
      + value("XDG_DATA_DIRS", default: "/usr/local/share:/usr/share").split(separator: ":").map(String.init)
    let folder = program.map { URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent() }
    let beside = folder.map { $0.deletingLastPathComponent().path + "/share" }
    // The specification of the variables says that relative paths are ignored.
    return ([beside].compactMap(\.self) + data).filter { $0.hasPrefix("/") }.map { $0 + "/swift-pose/models" }
  }

  /// The file of an installed model, `NAME.safetensors` in the first of ``installed`` that has it; nil where none does.
  /// Such a file is taken before published weights.
  public func installedFile(of configuration: ModelConfiguration) -> String? {
    installed.map { "\($0)/\(configuration.name).safetensors" }.first { FileManager.default.isReadableFile(atPath: $0) }
  }
}
