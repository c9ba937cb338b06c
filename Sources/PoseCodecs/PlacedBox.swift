/// A box, and the place of the network's maps that says so.
struct PlacedBox {
  var box: InputBox
  var score: Double
  var grid: DetectionGrid
  var place: Int

  /// What an output of the box's level says at its place, channel by channel.
  func values(of port: String, in outputs: Outputs) -> [Float] {
    let tensor = outputs.required("\(port).\(grid.level)")
    return (0..<tensor.shape[0]).map { tensor.values[$0 * grid.count + place] }
  }
}

extension [PlacedBox] {
  /// The best boxes that do not overlap a better one by more than a share, best first.
  func suppressed(overlap: Double) -> [PlacedBox] {
    boxNMS(map(\.box.boundingBox), scores: map(\.score), threshold: overlap).map { self[$0] }
  }
}
