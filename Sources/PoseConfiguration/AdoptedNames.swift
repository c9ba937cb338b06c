import PoseGraph
import PoseModels

extension ModelConfiguration {
  /// The same configuration with the layers' names of MMPose 1.x if the checkpoint has those: the head is `keypoint_head`
  /// in releases before 1.0 and `head` since, and the layers in it have kept their names.
  package func adoptingNames(of checkpoint: Checkpoint) -> ModelConfiguration {
    func has(_ prefixes: LayerPrefixes) -> Bool { checkpoint.names.contains { $0.hasPrefix(prefixes.head + ".") } }
    guard model.prefixes == .mmpose, has(.mmpose1), !has(.mmpose) else { return self }
    var configuration = self
    configuration.model.prefixes = .mmpose1
    return configuration
  }
}
