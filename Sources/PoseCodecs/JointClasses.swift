import PoseCore

/// How each joint's columns and rows respond: `joints x columns` and `joints x rows` floats in C order.
public struct JointClasses: Sendable, Hashable {
  public let joints: Int
  public var x: [Float]
  public var y: [Float]

  /// - Throws: ``OutputShapeError`` where the counts are no multiples of `joints`.
  public init(joints: Int, x: [Float], y: [Float]) throws(OutputShapeError) {
    guard joints > 0, !x.isEmpty, !y.isEmpty, x.count % joints == 0, y.count % joints == 0 else {
      throw OutputShapeError(joints: joints, counts: [x.count, y.count])
    }
    (self.joints, self.x, self.y) = (joints, x, y)
  }

  /// Of the ports `x` and `y`, which were checked to be `joints x classes`.
  init(_ outputs: Outputs) {
    let (columns, rows) = (outputs.required("x"), outputs.required("y"))
    (joints, x, y) = (columns.shape[0], columns.values, rows.values)
  }

  var outputs: Outputs {
    Outputs([
      "x": OutputTensor(shape: [joints, x.count / joints], values: x),
      "y": OutputTensor(shape: [joints, y.count / joints], values: y),
    ])
  }

  func columns(of joint: Int) -> ArraySlice<Float> { part(joint, of: x) }
  func rows(of joint: Int) -> ArraySlice<Float> { part(joint, of: y) }

  private func part(_ joint: Int, of values: [Float]) -> ArraySlice<Float> {
    values[joint * values.count / joints..<(joint + 1) * values.count / joints]
  }

  /// The classes of a mirrored picture as if of the picture itself.
  ///
  /// - Parameter shifted: moves the columns one class to the left, the last staying.
  public func flippedBack(_ pairs: [Skeleton.Pair], shifted: Bool) -> JointClasses {
    var result = self
    let sources = pairs.exchanging(joints)
    result.y = sources.flatMap(rows(of:))
    result.x = sources.flatMap { joint in
      let mirrored = Array(columns(of: joint).reversed())
      return shifted ? mirrored.dropFirst() + mirrored.suffix(1) : mirrored[...]
    }
    return result
  }

  /// The mean of two of the same size.
  public func averaged(with other: JointClasses) -> JointClasses {
    precondition(other.x.count == x.count && other.y.count == y.count, "classes of two sizes have no mean")
    var result = self
    result.x = zip(x, other.x).map { ($0 + $1) * 0.5 }
    result.y = zip(y, other.y).map { ($0 + $1) * 0.5 }
    return result
  }
}

extension [Skeleton.Pair] {
  /// For each joint the one whose place it takes in a mirrored picture.
  package func exchanging(_ joints: Int) -> [Int] {
    var sources = [Int](0..<joints)
    for pair in self where sources.indices.contains(pair.first) && sources.indices.contains(pair.second) {
      (sources[pair.first], sources[pair.second]) = (pair.second, pair.first)
    }
    return sources
  }
}

/// Floats that are no outputs for so many joints.
public struct OutputShapeError: UserError, Hashable {
  public let joints: Int
  public let counts: [Int]

  public var description: String {
    "\(counts.map(String.init).joined(separator: " and ")) floats are no outputs for \(joints) joints"
  }
}
