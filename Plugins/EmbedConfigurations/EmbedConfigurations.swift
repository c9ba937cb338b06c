import Foundation
import PackagePlugin

/// Puts the files of `configs/` into the target as Swift source, so that the library needs no files when it runs.
@main
struct EmbedConfigurations: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
    let folder = context.package.directoryURL.appending(path: "configs", directoryHint: .isDirectory)
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "yaml" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedConfigurations.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(files.count) configurations",
        executable: try context.tool(named: "embed-configurations").url,
        arguments: [output.path(percentEncoded: false)] + files.map { $0.path(percentEncoded: false) },
        inputFiles: files,
        outputFiles: [output])
    ]
  }
}
