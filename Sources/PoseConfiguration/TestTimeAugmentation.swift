/// The `test` section: the published test procedure, besides running the network once.
public struct TestTimeAugmentation: Sendable, Hashable, Codable {
  /// Averages the heatmaps of the picture and of its mirror image.
  public var flip: Bool
  /// Moves the mirrored heatmaps one column right first, as networks trained without UDP need.
  public var shiftsHeatmap: Bool

  public init(flip: Bool = true, shiftsHeatmap: Bool = true) {
    self.flip = flip
    self.shiftsHeatmap = shiftsHeatmap
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case flip
    case shiftsHeatmap = "shift_heatmap"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    self.init()
    flip = try section.value(.flip, default: flip)
    shiftsHeatmap = try section.value(.shiftsHeatmap, default: shiftsHeatmap)
  }
}
