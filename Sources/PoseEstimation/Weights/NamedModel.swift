import PoseConfiguration

extension Model {
  /// The published weights of a configuration, from the store, which fetches them if they are not here.
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
    try self.init(contentsOf: store.file(of: configuration, report: report).path, configuration: name)
  }
}
