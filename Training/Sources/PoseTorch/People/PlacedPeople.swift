import PoseCore
import PoseGraph

/// The outputs of a head that finds everybody, with a row for each place of each picture.
///
/// The outputs of each kind come one after the other, each with one map a level: scores, boxes, joints, visibilities and what
/// else the head gives.
struct PlaceOutputs {
  /// Before the sigmoid, `rows x 1`.
  let scores: TorchTensor
  /// `rows x 4`, as YOLOX's.
  let boxes: TorchTensor
  /// x and y of each joint from the place, in cells: `rows x 2 joints`.
  let joints: TorchTensor
  /// Before the sigmoid, `rows x joints`.
  let visibilities: TorchTensor
  /// Objectnesses before the sigmoid, or features.
  let others: TorchTensor
  let places: DetectionPlaces
  let pictures: Int

  static let kinds = 5

  init(_ outputs: [TorchTensor], levels: Int, places: DetectionPlaces) throws(LibTorchError) {
    func rows(_ kind: Int) throws(LibTorchError) -> TorchTensor {
      let all = try TorchTensor.placewise(outputs[kind * levels..<(kind + 1) * levels])
      return try ATen.reshape(all, shape: [-1, all.shape[2]])
    }
    (scores, boxes, joints) = (try rows(0), try rows(1), try rows(2))
    (visibilities, others) = (try rows(3), try rows(4))
    self.places = places
    pictures = outputs[0].shape[0]
    guard scores.shape[0] == pictures * places.all.count else {
      throw LibTorchError(
        operation: "people", reason: "the outputs have \(scores.shape[0]) places, not \(pictures * places.all.count)")
    }
  }

  /// Some of the rows.
  func rows(_ indices: [Int]) throws(LibTorchError) -> PlacedPeople {
    let chosen = try TorchTensor(indices: indices, device: scores.device)
    let grid = indices.flatMap { index in
      let place = places.all[index % places.all.count]
      return [place.position.x, place.position.y, place.stride]
    }
    let cells = try TorchTensor.numbers(grid, [indices.count, 3], like: scores)
    return PlacedPeople(
      scores: try ATen.index_select(scores, axis: 0, chosen), boxes: try ATen.index_select(boxes, axis: 0, chosen),
      joints: try ATen.index_select(joints, axis: 0, chosen),
      visibilities: try ATen.index_select(visibilities, axis: 0, chosen),
      others: try ATen.index_select(others, axis: 0, chosen),
      corner: try ATen.slice(cells, axis: 1, start: 0, end: 2, step: 1),
      stride: try ATen.slice(cells, axis: 1, start: 2, end: 3, step: 1))
  }
}

/// What a head says at some places.
struct PlacedPeople {
  let scores: TorchTensor
  let boxes: TorchTensor
  let joints: TorchTensor
  let visibilities: TorchTensor
  let others: TorchTensor
  /// Where the places are, in pixels of the input: `rows x 2`.
  let corner: TorchTensor
  /// `rows x 1`.
  let stride: TorchTensor

  /// The sides of the boxes in pixels of the input, `rows x 4`.
  func sides() throws(LibTorchError) -> TorchTensor {
    let parts = try ATen.split_with_sizes(boxes, sizes: [2, 2], axis: 1)
    let center = try ATen.add(ATen.mul(parts[0], stride), corner, alpha: 1)
    let half = try ATen.mulScalar(ATen.mul(ATen.exp(parts[1]), stride), b: 0.5)
    return try ATen.cat([ATen.sub(center, half, alpha: 1), ATen.add(center, half, alpha: 1)], axis: 1)
  }

  /// The joints in pixels of the input, `rows x joints x 2`.
  func positions() throws(LibTorchError) -> TorchTensor {
    let cells = try ATen.reshape(joints, shape: [joints.shape[0], joints.shape[1] / 2, 2])
    return try ATen.add(
      ATen.mul(cells, ATen.unsqueeze(stride, axis: 1)), ATen.unsqueeze(corner, axis: 1), alpha: 1)
  }
}

/// The labels of people, a row for each.
struct PersonTargets {
  /// `rows x 4`.
  let sides: TorchTensor
  /// `rows x 1`.
  let areas: TorchTensor
  /// `rows x joints x 2`.
  let positions: TorchTensor
  /// 1 for joints with a label, and 0 for others: `rows x joints`.
  let isLabelled: TorchTensor

  /// - Parameter rows: as ``PersonRow`` has them, `rows x (6 + 3 joints)`.
  init(_ rows: TorchTensor) throws(LibTorchError) {
    let shape = rows.shape
    func columns(_ start: Int, _ end: Int) throws(LibTorchError) -> TorchTensor {
      try ATen.slice(rows, axis: 1, start: start, end: end, step: 1)
    }
    sides = try columns(0, PersonRow.label)
    areas = try columns(PersonRow.area, PersonRow.firstJoint)
    let joints = try ATen.reshape(
      columns(PersonRow.firstJoint, shape[1]), shape: [shape[0], (shape[1] - PersonRow.firstJoint) / 3, 3])
    positions = try ATen.slice(joints, axis: 2, start: 0, end: 2, step: 1)
    isLabelled = try ATen.clamp(ATen.select(joints, axis: 2, index: 2), least: 0, most: 1)
  }

  private init(sides: TorchTensor, areas: TorchTensor, positions: TorchTensor, isLabelled: TorchTensor) {
    (self.sides, self.areas, self.positions, self.isLabelled) = (sides, areas, positions, isLabelled)
  }

  /// The same with another axis, for comparing each with several.
  func labels(axis: Int) throws(LibTorchError) -> PersonTargets {
    PersonTargets(
      sides: try ATen.unsqueeze(sides, axis: axis), areas: try ATen.unsqueeze(areas, axis: axis),
      positions: try ATen.unsqueeze(positions, axis: axis), isLabelled: try ATen.unsqueeze(isLabelled, axis: axis))
  }

  /// How much each joint counts so that a person's labelled joints count 1 in all.
  func shareOfLabelled() throws(LibTorchError) -> TorchTensor {
    let count = try ATen.sumAxes(isLabelled, axes: [-1], keepsAxes: true, type: nil)
    return try ATen.div(isLabelled, ATen.clamp(count, least: KeypointSimilarity.least, most: .infinity))
  }
}
