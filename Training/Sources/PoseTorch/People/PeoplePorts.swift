import PoseCore

/// The outputs that a loss for whole pictures reads, and how it finds its places.
struct PeoplePorts {
  let levels: Int
  let joints: Int
  let places: DetectionPlaces
  let ports: [LossPort]

  /// - Parameter others: the name of the last kind of outputs, and their channels.
  init(
    levels: [(height: Int, width: Int)], inputWidth: Int, joints: Int, at anchor: DetectionPlaces.Anchor,
    others: (name: String, channels: Int)
  ) {
    (self.levels, self.joints) = (levels.count, joints)
    places = DetectionPlaces(levels: levels, inputWidth: inputWidth, at: anchor)
    ports = [
      ("cls_scores", 1), ("bbox_preds", 4), ("kpt_offsets", 2 * joints), ("kpt_vis", joints),
      (others.name, others.channels),
    ].flatMap { name, channels in
      levels.indices.map { LossPort("\(name).\($0)", for: PersonRow.port, .maps(channels: channels)) }
    }
  }

  /// The outputs with a row for each place, and the people's rows.
  func read(
    _ outputs: [TorchTensor], _ targets: [TorchTensor]
  ) throws(LibTorchError) -> (outputs: PlaceOutputs, rows: TorchTensor) {
    let width = PersonRow.count(joints: joints)
    guard outputs.count == ports.count, let rows = targets.first, rows.shape.count == 3, rows.shape[2] == width else {
      throw LibTorchError(
        operation: "people",
        reason: "takes \(ports.count) outputs and rows of \(width) numbers, not \(targets.map(\.shape))")
    }
    return (try PlaceOutputs(outputs, levels: levels, places: places), rows)
  }
}
