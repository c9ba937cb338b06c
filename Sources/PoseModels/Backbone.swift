import PoseGraph

/// A network from an image `N x 3 x H x W` to features, finest first.
public protocol Backbone: Sendable {
  func callAsFunction(_ image: Value, in scope: Scope) -> [Value]
}

/// What turns features into the network's outputs.
public protocol Head: Sendable {
  func callAsFunction(_ features: [Value], in scope: Scope) -> KeyValuePairs<String, Value>
}

extension Graph {
  /// A top-down network: a backbone and a head under their published names `backbone` and `keypoint_head`.
  ///
  /// - Throws: ``GraphError`` where the layers do not fit each other or the input.
  public init(_ name: String, input: Size, backbone: some Backbone, head: some Head) throws(GraphError) {
    try self.init(name, input: [3, input.height, input.width]) { image, scope in
      head(backbone(image, in: scope / "backbone"), in: scope / "keypoint_head")
    }
  }
}
