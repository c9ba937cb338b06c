import PoseCore

/// The joints and heads that MPII's PCKh is measured against, from the `.mat` that its tools pass around
/// (`mpii_gt_val.mat`; Tompson et al.'s validation set).
public struct MPIIGroundTruth: Sendable {
  /// The joints' names as the file has them, if it has.
  public let jointNames: [String]
  public let jointCount: Int
  /// One for each person, in pixels counted from 1: x and y of the first corner, width and height.
  public let headBoxes: [BoundingBox]
  /// Of each person each joint's position, in pixels counted from 1.
  public let positions: [Point]
  /// Of each person whether each joint is not labelled.
  public let isMissing: [Bool]

  public var count: Int { headBoxes.count }

  /// Reads a file.
  ///
  /// - Throws: ``FormatError`` around a ``FileError`` or a ``MATError``.
  public init(contentsOf path: String) throws(FormatError) {
    let file = try MATFile(contentsOf: path)
    self = try FormatError.naming(path) { try MPIIGroundTruth(file) }
  }

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
      // The first index is the corner, the second x or y.
      return BoundingBox(x: head[0], y: head[2], width: head[1] - head[0], height: head[3] - head[2])
    }
    jointNames =
      if case .cells(_, let names)? = file.variables["dataset_joints"] {
        names.map { if case .text(let name) = $0 { name } else { "" } }
      } else { [] }
  }

  /// Predictions of the same people: `preds` (people, joints, 2) or `pos_pred_src` (joints, 2, people); of each person
  /// each joint's position as written.
  ///
  /// - Throws: ``MATError`` where there are neither, or of another number of people.
  public func predictions(_ file: MATFile) throws(MATError) -> [Point] {
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
