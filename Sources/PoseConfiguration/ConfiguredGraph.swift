import PoseGraph
import PoseModels

extension ModelConfiguration {
  /// The network, with parameters under their published names.
  ///
  /// - Throws: ``ConfigurationError`` where a part is unknown or the parts do not fit each other.
  public func graph() throws(ConfigurationError) -> Graph {
    let backbone = try part(model.backbone, "backbone", BackboneCatalogue.entries)
    let neck: (any Neck)? =
      if let neck = model.neck { try part(neck, "neck", NeckCatalogue.entries) } else { nil }
    let head = try part(model.head, "head", HeadCatalogue.entries)
    guard (backbone.inputChannelsPerJoint > 0) == (inputPose != nil) else {
      let reason =
        inputPose == nil ? "is missing: \(model.backbone) refines poses" : "\(model.backbone) refines no pose"
      throw ConfigurationError(source: name, key: "input_pose", problem: .invalid(reason))
    }
    do {
      let task = HeadTask(joints: model.skeleton, classes: max(model.classes.count, 1), input: model.input)
      return try Graph(name, task: task, backbone: backbone, neck: neck, head: head, prefixes: model.prefixes)
    } catch {
      throw ConfigurationError(source: name, key: "model", problem: .unbuildable(error.description))
    }
  }

  /// The part of the network that looks at one person at a time, of networks that find everybody in two steps; nil for others.
  /// Its parameters are among the network's.
  ///
  /// - Parameter network: what ``graph()`` gives.
  /// - Throws: ``ConfigurationError`` where the part is unknown or cannot be built.
  public func personGraph(of network: Graph) throws(ConfigurationError) -> Graph? {
    guard let head = try part(model.head, "head", HeadCatalogue.entries) as? any TwoStageHead else { return nil }
    let task = HeadTask(joints: model.skeleton, input: model.input)
    do throws(GraphError) {
      return try Graph(personsOf: network, task: task, head: head, prefixes: model.prefixes)
    } catch {
      throw ConfigurationError(source: name, key: "model.head", problem: .unbuildable(error.description))
    }
  }

  private func part<Part>(
    _ description: PartDescription, _ key: String, _ catalogue: [String: Part]
  ) throws(ConfigurationError) -> Part {
    do throws(PartError) {
      return try description.part(in: catalogue)
    } catch {
      let key = (["model", key] + error.path).joined(separator: ".")
      throw ConfigurationError(source: name, key: key, problem: error.problem)
    }
  }
}
