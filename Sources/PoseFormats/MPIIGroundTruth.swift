import PoseCore

/// The annotated joints and head boxes for MPII's PCKh, from the `.mat` file that its tools exchange
/// (`mpii_gt_val.mat`; Tompson et al.'s validation set).
public struct MPIIGroundTruth: Sendable {
  /// The joints' names, if the file has them.
  package let jointNames: [String]
  package let jointCount: Int
  /// The head box of each person, in pixels counted from 1: x and y of the first corner, width and height.
  package let headBoxes: [BoundingBox]
  /// The position of each joint of each person in turn, in pixels counted from 1.
  public let positions: [Point]
  /// For each joint of each person in turn, whether it is not labeled.
  package let isMissing: [Bool]

  public var count: Int { headBoxes.count }

  /// Reads a file.
  ///
  /// - Throws: ``FormatError`` around a ``FileError`` or a ``MATError``.
  public init(contentsOf path: String) throws(FormatError) {
    let file = try MATFile(contentsOf: path)
    self = try FormatError.naming(path) { try MPIIGroundTruth(file) }
  }

  /// Reads the variables of a MATLAB file.
  ///
  /// - Throws: ``MATError`` if an array is missing or has the wrong shape.
  public init(_ file: MATFile) throws(MATError) {
    let (shape, positions) = try file.numbers("pos_gt_src", shape: [nil, 2, nil])
    let (joints, count) = (shape[0], shape[2])
    let missing = try file.numbers("jnt_missing", shape: [joints, count]).values
    let heads = try file.numbers("headboxes_src", shape: [2, 2, count]).values
    jointCount = joints
    self.positions = Self.points(positions, joints, count)
    isMissing = missing.map { $0 != 0 }
    headBoxes = (0..<count).map { person in
      let head = heads[person * 4..<person * 4 + 4].map(\.self)
      // The first index selects the corner, and the second selects x or y.
      return BoundingBox(x: head[0], y: head[2], width: head[1] - head[0], height: head[3] - head[2])
    }
    jointNames =
      if case .cells(_, let names)? = file.variables["dataset_joints"] {
        names.map { if case .text(let name) = $0 { name } else { "" } }
      } else { [] }
  }

  /// Predictions for the same people: `preds` (people, joints, 2) or `pos_pred_src` (joints, 2, people). The result has
  /// the position of each joint of each person in turn, as it is written.
  ///
  /// - Throws: ``MATError`` if the file has neither of them, or if they are for another number of people.
  package func predictions(_ file: MATFile) throws(MATError) -> [Point] {
    guard file.variables["preds"] != nil else {
      let values = try file.numbers("pos_pred_src", shape: [jointCount, 2, count]).values
      return Self.points(values, jointCount, count)
    }
    let values = try file.numbers("preds", shape: [count, jointCount, 2]).values
    return (0..<count * jointCount).map { index in
      let place = index / jointCount + count * (index % jointCount)
      return Point(x: values[place], y: values[place + count * jointCount])
    }
  }

  private static func points(_ values: [Double], _ joints: Int, _ count: Int) -> [Point] {
    (0..<count * joints).map { index in
      let place = index / joints * joints * 2 + index % joints
      return Point(x: values[place], y: values[place + joints])
    }
  }
}
