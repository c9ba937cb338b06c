import PoseCore

/// What a network learns to give for labelled people: the other half of a decoder.
///
/// Each kind of target is a file of `Targets/` with a type of the file's name; the build finds it there. Its stored
/// properties are the settings that the `codec` section of a configuration may have for it.
///
/// ```swift
/// public struct ExampleTarget: Target {
///   public var sigma = 2.0
///
///   public static let catalogue: [String: any Target] = ["example": ExampleTarget()]
///
///   public func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] { [grid.heatmaps()] }
///   public func encode(_ scene: LabelledScene, into memory: TargetMemory) { ... }
/// }
/// ```
public protocol Target: Sendable, Hashable, Codable {
  /// The family's members under the names that configurations use for codecs, such as `dark` or `simcc`.
  static var catalogue: [String: any Target] { get }

  /// Whether the target goes with UDP's warp, which scales the distances between pixel centers instead of pixels.
  var isUnbiased: Bool { get }

  /// Whether the target is for pictures with everybody in them rather than for one person.
  var takesEverybody: Bool { get }

  /// Whether the target of one person shows the people around, too, who follow the person in the scene.
  var takesNeighbours: Bool { get }

  /// The network's outputs that the target is for, in the order in which ``encode(_:into:)`` writes them.
  ///
  /// - Throws: ``TargetError`` where a setting is out of range.
  func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort]

  /// Writes the target of one sample.
  ///
  /// - Parameter memory: all zeros, with a part for each of ``ports(for:)``.
  func encode(_ scene: LabelledScene, into memory: TargetMemory)

  /// Where the target says that each joint is, as `joints x height x width`, for people to look at.
  ///
  /// - Returns: nil for a target that has no maps.
  func maps(of target: EncodedTarget, on grid: TargetGrid) -> Heatmaps?
}

extension Target {
  public var isUnbiased: Bool { false }
  public var takesEverybody: Bool { false }
  public var takesNeighbours: Bool { false }

  /// The first port with one map for each joint.
  public func maps(of target: EncodedTarget, on grid: TargetGrid) -> Heatmaps? {
    let shape = [grid.joints, grid.maps.height, grid.maps.width]
    guard let index = target.shapes.firstIndex(of: shape) else { return nil }
    return try? Heatmaps(
      joints: grid.joints, height: grid.maps.height, width: grid.maps.width, values: target.values[index])
  }
}

/// The targets that configurations can name.
package enum TargetCatalogue {
  private static let targets = embeddedTargets.reduce(into: [:]) { all, family in
    all.merge(family.catalogue) { first, _ in first }
  }

  /// The names in alphabetical order.
  package static let names = targets.keys.sorted()
  /// Those for one person.
  package static let personNames = names.filter { targets[$0]?.takesEverybody == false }

  /// The target of that name, or nil.
  package static func target(named name: String) -> (any Target)? { targets[name] }
}

/// The sizes that a target is written for.
public struct TargetGrid: Sendable, Hashable {
  /// How many joints a person has.
  public let joints: Int
  /// The network's input.
  public let input: Size
  /// The network's heatmaps.
  public let maps: Size
  /// The network's finer heatmaps, if it has any.
  public let fineMaps: Size?
  /// The most people of one input.
  public let people: Int

  public init(joints: Int, input: Size, maps: Size, fineMaps: Size? = nil, people: Int = 1) {
    (self.joints, self.input, self.maps, self.fineMaps, self.people) = (joints, input, maps, fineMaps, people)
  }

  /// The port of heatmaps.
  ///
  /// - Parameter mapsPerJoint: how many maps each joint has.
  public func heatmaps(_ name: String = "heatmaps", mapsPerJoint: Int = 1) -> TargetPort {
    TargetPort(name: name, shape: [mapsPerJoint * joints, maps.height, maps.width])
  }

  /// The port of coordinates.
  public var coordinates: TargetPort {
    TargetPort(name: "coordinates", shape: [joints, 2], mayGiveMoreNumbers: true)
  }

  /// A position in pixels of the input, in pixels of the heatmaps.
  ///
  /// - Parameter isUnbiased: whether distances between the first and the last pixel are scaled, as UDP does.
  public func onMaps(_ position: Point, isUnbiased: Bool) -> Point {
    guard isUnbiased else {
      return Point(
        x: position.x / (Double(input.width) / Double(maps.width)),
        y: position.y / (Double(input.height) / Double(maps.height)))
    }
    return Point(
      x: position.x / (Double(max(input.width - 1, 1)) / Double(max(maps.width - 1, 1))),
      y: position.y / (Double(max(input.height - 1, 1)) / Double(max(maps.height - 1, 1))))
  }
}

/// A network output that a target is for.
public struct TargetPort: Sendable, Hashable {
  /// The output's name in the network's graph.
  public let name: String
  /// The target's shape for one sample.
  public let shape: [Int]
  /// Whether the output may have more numbers along its last axis than the target, such as the spread of a coordinate.
  /// The loss that reads the output says what it expects.
  package let mayGiveMoreNumbers: Bool

  public init(name: String, shape: [Int], mayGiveMoreNumbers: Bool = false) {
    (self.name, self.shape, self.mayGiveMoreNumbers) = (name, shape, mayGiveMoreNumbers)
  }

  /// Whether an output of that shape, without the batch's axis, can learn the target.
  public func accepts(_ output: [Int]) -> Bool {
    guard mayGiveMoreNumbers, let last = output.last, let least = shape.last else { return output == shape }
    return output.dropLast() == shape.dropLast() && last >= least
  }
}

/// Sizes or settings that no target can have.
public struct TargetError: UserError, Hashable {
  public let reason: String

  public init(_ reason: String) { self.reason = reason }

  public var description: String { "no target can be made: \(reason)" }

  static func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws(TargetError) {
    if !holds { throw TargetError(reason()) }
  }

  /// Checks the deviation of a Gaussian.
  static func check(sigma: Double) throws(TargetError) {
    try check((0.1...256).contains(sigma), "a deviation needs 0.1 to 256 heatmap pixels, not \(sigma)")
  }
}
