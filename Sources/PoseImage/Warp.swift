/// How pixels are counted when a crop is scaled to a network's input.
public enum Warp: String, Sendable, Hashable, Codable, CaseIterable {
  /// The published default, as in HRNet's code: sizes are counts of pixels.
  case standard
  /// Unbiased data processing (Huang et al., CVPR 2020): sizes are distances between the centers of the outer pixels.
  case udp
}
