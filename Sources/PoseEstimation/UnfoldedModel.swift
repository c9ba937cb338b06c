import PoseConfiguration
import PoseFormats
import PoseGraph

extension Model {
  /// A detector's ONNX file as weights of the network that it was made from, to train on.
  ///
  /// The file's norms are in its convolutions. Here they are the identity with a bias: the outputs are the same, and
  /// `train.start.norm_batches` gives the norms statistics before the first step.
  ///
  /// - Parameters:
  ///   - path: an ONNX file with outputs of RTMDet, with or without suppression of boxes.
  ///   - name: the network's configuration: a name of the zoo or the path of a YAML file.
  /// - Throws: `FormatError` where the file cannot be read or is of another network, `ConfigurationError`.
  public init(unfolding path: String, configuration name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    let graph = try configuration.graph()
    let input = configuration.model.input
    let bytes = try FileBytes.read(path)
    let checkpoint: Checkpoint
    do {
      let detector = try ONNXDetector(bytes: bytes, openSize: [3, input.height, input.width])
      let file = detector.model.graph
      // The network's own order: classes before boxes.
      let outputs = file.outputs.sorted { $0.name.isScores && !$1.name.isScores }
      checkpoint = try graph.checkpoint(unfolding: file.giving(outputs), detector.model.checkpoint)
    } catch {
      throw FormatError(path: path, reason: error)
    }
    try self.init(configuration, checkpoint, source: .caller, file: path)
  }
}

extension String {
  /// Whether the output of this name is of classes: `scores` or `cls_scores.L`.
  fileprivate var isScores: Bool { contains("scores") }
}
