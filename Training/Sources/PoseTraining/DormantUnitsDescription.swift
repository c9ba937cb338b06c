import PoseConfiguration
import PoseGraph
import PoseTorch

extension DormantUnitsDescription {
  /// Gives dormant units fresh weights, before the first step.
  ///
  /// - Returns: how many of the units that could give something got fresh weights.
  func apply(
    to network: TrainableNetwork, fresh: Checkpoint, on inputs: SampleInputs, device: Device
  ) throws -> (count: Int, of: Int) {
    let units = try network.wakeDormantUnits(
      of: layers, with: fresh, on: .joined(inputs.batches(batches, device: device)))
    return (count: units.0, of: units.1)
  }
}
