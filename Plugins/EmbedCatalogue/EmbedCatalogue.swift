import Foundation
import PackagePlugin

/// Lists the types that a target's part folders are named for, and embeds the files of `configs/`, as Swift source: a new
/// part or configuration needs no line in another file, and the library needs no files when it runs.
@main
struct EmbedCatalogue: BuildToolPlugin {
  /// Folders whose files are each one conforming type, named as the file; `Heads` for the protocol `Head`.
  private static let partFolders = ["Backbones", "Necks", "Heads", "OutputDecoders", "Targets", "CheckpointFormats"]
  /// The target that holds the configurations.
  private static let configurationTarget = "PoseConfiguration"

  func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
    let configurations =
      target.name == Self.configurationTarget
      ? try files(in: context.package.directoryURL.appending(path: "configs"), ending: "yaml") : []
    let folders = Self.partFolders.map { target.directoryURL.appending(path: $0) }
      .filter { FileManager.default.fileExists(atPath: $0.path(percentEncoded: false)) }
    let inputs = try configurations + folders.flatMap { try files(in: $0, ending: "swift") }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedCatalogue.swift")
    return [
      .buildCommand(
        displayName: "Embedding the catalogue of \(target.name)",
        executable: try context.tool(named: "embed-catalogue").url,
        arguments: ([output] + inputs).map { $0.path(percentEncoded: false) },
        inputFiles: inputs, outputFiles: [output])
    ]
  }

  private func files(in folder: URL, ending suffix: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == suffix }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }
}
