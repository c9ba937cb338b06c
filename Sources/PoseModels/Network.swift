import PoseCore
import PoseGraph

extension Graph {
  /// The part of a network that looks at one person at a time; nil where the head has none.
  ///
  /// - Parameter network: the network that finds people.
  /// - Throws: ``GraphError`` where the network's outputs are not those of the head.
  public init?(
    personsOf network: Graph, task: HeadTask, head: some TwoStageHead, prefixes: LayerPrefixes = .mmpose
  ) throws(GraphError) {
    let outputs = Dictionary(
      network.outputs.map { ($0.name, Array(network.shape(of: $0.value).dropFirst())) }, uniquingKeysWith: { a, _ in a }
    )
    guard let count = head.personInput(outputs, task) else { return nil }
    try self.init("\(network.name), people", input: [count]) { person, scope in
      head.outputs(of: person, task, in: prefixes.head.isEmpty ? scope : scope / prefixes.head)
    }
  }

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
