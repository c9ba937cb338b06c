/// The `input_pose` section, of networks that refine poses: how a pose is drawn for them.
public struct InputPoseDescription: Sendable, Hashable, Codable {
  /// The deviation of each joint's Gaussian, in pixels of the input.
  public var sigma: Double

  public init(sigma: Double) { self.sigma = sigma }

  enum CodingKeys: String, CodingKey, CaseIterable { case sigma }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    sigma = try section.value(.sigma)
    try section.check(.sigma, (0.1...256).contains(sigma), "needs pixels of the input in 0.1...256, not \(sigma)")
  }
}
