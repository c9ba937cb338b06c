import PoseGraph
import PoseModels

extension ModelConfiguration {
  /// The same configuration with the names and the layers that a checkpoint has, where published files of one network differ.
  ///
  /// - MMPose's head is `keypoint_head` in releases before 1.0 and `head` since, and the layers in it have kept their names.
  /// - DEKR's authors keep the layers that score poses in a file of their own.
  package func adopting(_ checkpoint: Checkpoint) -> ModelConfiguration {
    func has(_ prefixes: LayerPrefixes) -> Bool { checkpoint.names.contains { $0.hasPrefix(prefixes.head + ".") } }
    var configuration = self
    if model.prefixes == .mmpose, has(.mmpose1), !has(.mmpose) { configuration.model.prefixes = .mmpose1 }
    if model.head.name == "dekr_official", checkpoint["l1.weight"] != nil {
      configuration.model.head.arguments["rescores"] = .bool(true)
    }
    return configuration
  }
}
