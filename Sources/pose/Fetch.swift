import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseEstimation

struct Fetch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fetch published weights and verify them.",
    discussion: """
      Prints where each file is. Files are kept in $XDG_CACHE_HOME/swift-pose (~/.cache/swift-pose), in a folder for each \
      configuration. Files that are here are verified again and not fetched. A transfer that broke goes on where it ended. \
      Every file is checked against its published SHA-256, or the first digits of it that are published.

      `--model NAME` of other commands fetches in the same way. POSE_WEIGHTS_MIRROR=URL is asked first; it has the form of \
      the folder above. POSE_OFFLINE=1 never connects. Proxies are those of https_proxy, all_proxy and no_proxy.

      pose fetch litehrnet_18_coco_256x192 hrnet_w32_coco_256x192
      pose fetch td-hm_hrnet-w32_8xb64-210e_coco-256x192-81c58e40_20220909.pth

      Exit codes: 0 all files are here, 64 wrong usage, 65 a file is not the published one, 69 a file cannot be had, \
      74 a file cannot be written.
      """)

  @Argument(
    help: "Configurations that `pose models` lists, YAML files, or names of published files.",
    completion: .list(Zoo.names))
  var names: [String] = []

  @Flag(help: "Fetch the weights of every configuration that has published ones: several gigabytes.")
  var all = false

  @Flag(help: "Fetch files for which no SHA-256 is published, too, and print theirs.")
  var acceptUnverified = false

  @OptionGroup var storeOptions: StoreOptions

  func validate() throws {
    if names.isEmpty != all { throw ValidationError("Give either names or --all.") }
  }

  func run() throws {
    try reporting {
      var store = storeOptions.store
      store.acceptsUnverified = acceptUnverified
      let wanted =
        try all ? Zoo.all.filter { !$0.weights.isEmpty }.map { Wanted(configuration: $0) } : names.map(Wanted.init)
      var lastFailure: (any UserError)?
      for file in wanted {
        do {
          try standardOutput(file.path(in: store).onOneLine)
        } catch let error as StoreError {
          // One file that cannot be had does not stop the rest; the exit code tells.
          Failure.report("\(error)")
          lastFailure = error
        }
      }
      if let lastFailure { throw ExitCode(lastFailure.exitCode) }
    }
  }

  /// What a name on the command line stands for.
  private struct Wanted {
    let configuration: ModelConfiguration
    /// One of the published files; nil for whichever is to be used.
    var weights: PublishedWeights?

    init(configuration: ModelConfiguration) { self.configuration = configuration }

    init(_ name: String) throws {
      for publisher in Zoo.configurations(forFile: name) {
        guard let weights = publisher.weights.first(where: { $0.fileName == name }) else { continue }
        (configuration, self.weights) = (publisher, weights)
        return
      }
      configuration = try Zoo.configuration(named: name)
    }

    func path(in store: ModelStore) throws -> String {
      for weights in configuration.weights { store.forgetDigest(of: weights, for: configuration) }
      let report = FetchReport()
      let file =
        if let weights { try store.file(weights, of: configuration) { report($0) } } else {
          try store.file(of: configuration) { report($0) }
        }
      return file.path
    }
  }
}
