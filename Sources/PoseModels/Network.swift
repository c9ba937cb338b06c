import PoseCore
import PoseGraph

extension Graph {
  /// A network of a backbone, a neck where there is one, and a head, under their published names.
  ///
  /// - Throws: ``GraphError`` where the layers do not fit each other or the input.
  public init(
    _ name: String, task: HeadTask, backbone: some Backbone, neck: (any Neck)? = nil, head: some Head,
    prefixes: LayerPrefixes = .mmpose
  ) throws(GraphError) {
    let channels = 3 + backbone.inputChannelsPerJoint * (task.joints?.joints.count ?? 0)
    try self.init(name, input: [channels, task.input.height, task.input.width]) { image, scope in
      func part(_ prefix: String) -> Scope { prefix.isEmpty ? scope : scope / prefix }
      var features = backbone(image, in: part(prefixes.backbone))
      if let neck { features = neck(features, in: part(prefixes.neck)) }
      return head(features, task, in: part(prefixes.head))
    }
  }
}
