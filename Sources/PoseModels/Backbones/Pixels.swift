import PoseGraph

/// No backbone: the head reads the picture itself, as in TokenPose-T.
struct Pixels: Backbone {
  static let catalogue: [String: any Backbone] = ["pixels": Pixels()]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] { [image] }
}
