import Foundation
import PackagePlugin

/// Puts the files of `configs/` and the names of the zoo's parts into the target as Swift source, so that the library
/// needs no files when it runs and a new model needs no line in another file.
@main
struct EmbedConfigurations: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
    let configurations = try files(in: context.package.directoryURL.appending(path: "configs"), ending: "yaml")
    let parts = try ["Backbones", "Heads"].flatMap {
      try files(in: target.directoryURL.appending(path: $0), ending: "swift")
    }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedConfigurations.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(configurations.count) configurations",
        executable: try context.tool(named: "embed-configurations").url,
        arguments: ([output] + configurations + parts).map { $0.path(percentEncoded: false) },
        inputFiles: configurations + parts,
        outputFiles: [output])
    ]
  }

  private func files(in folder: URL, ending suffix: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == suffix }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }
}
