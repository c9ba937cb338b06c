/// The `test` section: the published test procedure, besides running the network once.
public struct TestTimeAugmentation: Sendable, Hashable, Codable {
  /// Averages the heatmaps of the picture and of its mirror image.
  public var flip: Bool
  /// Moves the mirrored heatmaps one column right first, as networks trained without UDP need.
  public var shiftsHeatmap: Bool

  /// How large inputs are beside the one that the configuration names, of all those whose results are taken together.
  public var scales: [Double]

  public init(flip: Bool = true, shiftsHeatmap: Bool = true, scales: [Double] = [1]) {
    self.flip = flip
    self.shiftsHeatmap = shiftsHeatmap
    self.scales = scales
  }

  /// Why scales make no sense; nil where they do.
  public static func invalidScales(_ scales: [Double]) -> String? {
    let isSound = (1...8).contains(scales.count) && scales.allSatisfy { (0.1...8).contains($0) }
    return isSound && scales.contains(1) && Set(scales).count == scales.count
      ? nil : "needs up to 8 different factors in 0.1...8, among them 1, not \(scales)"
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case flip
    case shiftsHeatmap = "shift_heatmap"
    case scales
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    self.init()
    flip = try section.value(.flip, default: flip)
    shiftsHeatmap = try section.value(.shiftsHeatmap, default: shiftsHeatmap)
    scales = try section.value(.scales, default: scales)
    if let reason = Self.invalidScales(scales) { try section.check(.scales, false, reason) }
  }
}
