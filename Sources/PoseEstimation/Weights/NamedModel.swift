import PoseConfiguration

extension Model {
  /// The weights of a configuration: an installed model, or the published ones from the store, which fetches them if they are
  /// not here.
  ///
  /// - Parameters:
  ///   - name: a name of the zoo, or the path of a YAML file.
  ///   - store: where the weights are kept, and whether it may connect.
  ///   - report: gets the progress of fetching, on the calling thread.
  /// - Throws: `ConfigurationError` if there is no such configuration, ``StoreError`` if the weights cannot be had, and what
  ///   ``init(contentsOf:configuration:)`` throws.
  public init(
    named name: String, from store: ModelStore = ModelStore(),
    report: @escaping (ModelStore.Event) -> Void = { _ in }
  ) throws {
    let configuration = try Zoo.configuration(named: name)
    let path = try store.installedFile(of: configuration) ?? store.file(of: configuration, report: report).path
    try self.init(contentsOf: path, configuration: name)
  }
}
