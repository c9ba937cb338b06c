import PoseCore
import PoseGraph
import PoseModels

extension ModelConfiguration {
  /// The network, with parameters under their published names.
  ///
  /// - Throws: ``ConfigurationError`` where a part is unknown or the parts do not fit each other.
  public func graph() throws(ConfigurationError) -> Graph {
    guard let backbone = BackboneCatalogue.backbone(named: model.backbone) else {
      throw unknown("model.backbone", model.backbone, among: BackboneCatalogue.names)
    }
    guard let head = HeadCatalogue.head(named: model.head) else {
      throw unknown("model.head", model.head, among: HeadCatalogue.names)
    }
    guard let joints = Skeleton(named: model.joints) else {
      throw unknown("model.joints", model.joints, among: Skeleton.all.map(\.name))
    }
    guard backbone.readsPose == (inputPose != nil) else {
      let reason =
        backbone.readsPose ? "is missing: \(model.backbone) refines poses" : "\(model.backbone) refines no pose"
      throw ConfigurationError(source: name, key: "input_pose", problem: .invalid(reason))
    }
    do {
      return try Graph(
        name, input: model.input, joints: joints, backbone: backbone, head: head, names: model.names)
    } catch {
      throw ConfigurationError(source: name, key: "model", problem: .unbuildable(error.description))
    }
  }

  private func unknown(_ key: String, _ name: String, among known: [String]) -> ConfigurationError {
    ConfigurationError(
      source: self.name, key: key, problem: .unknown(name, nearest: nearest(to: name, among: known), known: known))
  }
}
