import PoseCore

/// What a network learns to give for a person's joints: the other half of ``HeatmapDecoder``.
public enum TargetKind: Sendable, Hashable {
  /// A Gaussian around the nearest heatmap pixel (Tompson et al., NIPS 2014; MMPose's MSRA): the published default.
  case msra(sigma: Double = 2)
  /// DARK's unbiased Gaussian, around the joint itself, over the whole map (Zhang et al., CVPR 2020).
  case dark(sigma: Double = 2)
  /// UDP's Gaussian around the joint itself (Huang et al., CVPR 2020).
  case udp(sigma: Double = 2)
  /// UDP's three maps a joint: a disc, and the offsets to the joint in it. The radius is in heights of the map.
  case udpCombined(radius: Double = 0.0546875)
  /// A pixel blurred by OpenCV's Gaussian of an odd size, 255 at the peak (Megvii's CPN, MSPN, RSN).
  case megvii(kernel: Int = 11)
  /// One classification a joint for columns, one for rows (Li et al., ECCV 2022).
  case simCC(SimCCTarget = .init())
  /// Coordinates in 0...1 of the input.
  case regression
  /// Coordinates, and MSRA's heatmaps with a sum of 1 each (Sun et al., ECCV 2018).
  case integralRegression(sigma: Double = 2)
  /// Coordinates, and heatmaps of the four pixels around the joint, with a sum of 1 each (PoseFix, Moon et al., CVPR
  /// 2019).
  case integralOneHot

  /// Whether it goes with UDP's warp, where pixel centres rather than pixels are scaled.
  public var isUnbiased: Bool {
    switch self {
    case .udp, .udpCombined: true
    default: false
    }
  }

  var hasCoordinates: Bool {
    switch self {
    case .regression, .integralRegression, .integralOneHot: true
    default: false
    }
  }
}

/// Writes targets for joints in pixels of a network's input.
public struct TargetEncoder: Sendable, Hashable {
  public let kind: TargetKind
  /// How many joints a person has.
  public let joints: Int
  /// The network's input.
  public let input: Size
  /// The grid of the heatmaps.
  public let heatmap: Size
  /// What a joint's target weight is multiplied by, one a joint; empty for 1 each.
  public let jointWeights: [Float]
  /// The shapes of one person's targets: heatmaps `joints x height x width`; coordinates `joints x 2`; SimCC's columns
  /// `joints x bins` and rows `joints x bins`.
  public let shapes: [[Int]]
  /// A Gaussian or a blur's weights that all joints share.
  let pattern: [Float]

  /// - Throws: ``TargetError`` where a size, a deviation or the count of weights makes no sense.
  public init(
    _ kind: TargetKind, joints: Int, input: Size, heatmap: Size,
    jointWeights: [Float] = []
  ) throws(TargetError) {
    func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws(TargetError) {
      if !holds { throw TargetError(reason: reason()) }
    }
    let sides = 1...65536
    try check(
      [input.width, input.height, heatmap.width, heatmap.height].allSatisfy(sides.contains),
      "sides need 1 to 65536 pixels, not \(input.width) x \(input.height) and \(heatmap.width) x \(heatmap.height)")
    try check((1...4096).contains(joints), "a person needs 1 to 4096 joints, not \(joints)")
    try check(
      3 * joints * heatmap.width * heatmap.height <= 1 << 30 && input.width * input.height <= 1 << 28,
      "maps of \(heatmap.width) x \(heatmap.height) for an input of \(input.width) x \(input.height) are too large")
    try check(
      jointWeights.isEmpty || jointWeights.count == joints, "\(joints) joints cannot have \(jointWeights.count) weights"
    )
    self.kind = kind
    self.joints = joints
    (self.input, self.heatmap) = (input, heatmap)
    self.jointWeights = jointWeights
    let maps = [joints, heatmap.height, heatmap.width]
    switch kind {
    case .msra(let sigma), .dark(let sigma), .udp(let sigma), .integralRegression(let sigma):
      try check((0.1...256).contains(sigma), "a deviation needs 0.1 to 256 heatmap pixels, not \(sigma)")
      pattern = GaussianPatch.values(sigma: sigma)
      if case .integralRegression = kind { shapes = [[joints, 2], maps] } else { shapes = [maps] }
    case .udpCombined(let radius):
      try check((1e-3...1).contains(radius), "a radius needs 0.001 to 1 heights of a heatmap, not \(radius)")
      pattern = []
      shapes = [[3 * joints, heatmap.height, heatmap.width]]
    case .megvii(let kernel):
      try check((1...255).contains(kernel) && kernel % 2 == 1, "a blur needs an odd size in 1...255, not \(kernel)")
      pattern = gaussianKernel(size: kernel)
      shapes = [maps]
    case .simCC(let labels):
      try check(labels.isSound, "SimCC needs 0.1 to 16 bins a pixel, deviations in 0.1...1024 and smoothing below 1")
      pattern = []
      shapes = [
        [joints, labels.bins(for: input.width)], [joints, labels.bins(for: input.height)],
      ]
    case .regression, .integralOneHot:
      pattern = []
      shapes = kind == .regression ? [[joints, 2]] : [[joints, 2], maps]
    }
  }

  /// How many floats each of the targets has.
  public var counts: [Int] { shapes.map { $0.reduce(1, *) } }

  /// The targets of one person.
  ///
  /// - Parameter labels: in pixels of the input; joints that are missing count as not labelled.
  public func encode(_ labels: [LabelledKeypoint]) -> Target {
    let parts = counts.map { UnsafeMutableBufferPointer<Float>.allocate(capacity: $0) }
    defer { for part in parts { part.deallocate() } }
    var weights = Array(repeating: Float(0), count: joints)
    weights.withUnsafeMutableBufferPointer { weights in
      labels.withUnsafeBufferPointer { encode($0, into: parts, weights: weights) }
    }
    return Target(shapes: shapes, values: parts.map(Array.init), weights: weights)
  }

  /// As ``encode(_:)``, into memory of any content.
  ///
  /// - Parameters:
  ///   - parts: one for each of ``shapes``, with as many floats. Nothing is written where they are fewer.
  ///   - weights: one for each joint: 0 for those that are not to be learnt.
  package func encode(
    _ labels: UnsafeBufferPointer<LabelledKeypoint>, into parts: [UnsafeMutableBufferPointer<Float>],
    weights: UnsafeMutableBufferPointer<Float>
  ) {
    guard parts.count == shapes.count, weights.count == joints, zip(parts, counts).allSatisfy({ $0.count == $1 }) else {
      return
    }
    for part in parts { part.initialize(repeating: 0) }
    for joint in 0..<joints {
      let label = joint < labels.count ? labels[joint] : .unlabelled
      // What is no number in reach can be on no map.
      let isNear = label.position.x.magnitude < 1e9 && label.position.y.magnitude < 1e9
      let isWritten = isNear && write(label, of: joint, into: parts)
      weights[joint] = isWritten ? (jointWeights.isEmpty ? 1 : jointWeights[joint]) : 0
    }
  }

  /// - Returns: whether the joint is to be learnt.
  private func write(_ label: LabelledKeypoint, of joint: Int, into parts: [UnsafeMutableBufferPointer<Float>]) -> Bool
  {
    let position = label.position
    // Coordinates are written for every joint, as in the published code.
    var isInside = true
    if kind.hasCoordinates { isInside = writeCoordinates(position, to: row(joint, of: parts[0])) }
    guard label.isLabelled else { return false }
    switch kind {
    case .msra(let sigma):
      return writeMSRA(position, sigma: sigma, to: map(joint, of: parts[0]))
    case .dark(let sigma):
      return writeDARK(position, sigma: sigma, to: map(joint, of: parts[0]))
    case .udp(let sigma):
      return writeUDP(position, sigma: sigma, to: map(joint, of: parts[0]))
    case .udpCombined(let radius):
      writeCombined(position, radius: radius, to: (0..<3).map { map(3 * joint + $0, of: parts[0]) })
      return true
    case .megvii:
      return writeMegvii(position, to: map(joint, of: parts[0]))
    case .simCC(let labels):
      return labels.write(position, columns: row(joint, of: parts[0]), rows: row(joint, of: parts[1]))
    case .regression:
      return isInside
    case .integralRegression(let sigma):
      let map = map(joint, of: parts[1])
      guard writeMSRA(position, sigma: sigma, to: map) else { return false }
      map.normalize()
      return isInside
    case .integralOneHot:
      return writeOneHot(position, to: map(joint, of: parts[1]))
    }
  }

  private func map(_ index: Int, of part: UnsafeMutableBufferPointer<Float>) -> TargetMap {
    let area = heatmap.width * heatmap.height
    return TargetMap(
      values: UnsafeMutableBufferPointer(rebasing: part[index * area..<(index + 1) * area]), width: heatmap.width,
      height: heatmap.height)
  }

  private func row(_ joint: Int, of part: UnsafeMutableBufferPointer<Float>) -> UnsafeMutableBufferPointer<Float> {
    let count = part.count / joints
    return UnsafeMutableBufferPointer(rebasing: part[joint * count..<(joint + 1) * count])
  }
}

/// A person's targets.
public struct Target: Sendable, Hashable {
  /// As ``TargetEncoder/shapes``.
  public var shapes: [[Int]]
  /// The floats of each, in C order.
  public var values: [[Float]]
  /// How much each joint counts; 0 for one that is not to be learnt.
  public var weights: [Float]
}

/// One map to write on, all zeros so far.
struct TargetMap {
  let values: UnsafeMutableBufferPointer<Float>
  let width: Int
  let height: Int

  /// Makes the sum 1 where there is one.
  func normalize() {
    let sum = values.reduce(0, +)
    if sum > 0 { for index in values.indices { values[index] /= sum } }
  }
}

/// Sizes or settings that no target can have.
public struct TargetError: UserError, Hashable {
  public let reason: String

  public var description: String { "no target can be made: \(reason)" }
}
