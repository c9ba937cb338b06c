import PoseGraph

/// No backbone: the head reads the picture itself, as in TokenPose-T.
public struct Pixels: Backbone {
  public static let catalogue: [String: any Backbone] = ["pixels": Pixels()]

  public func callAsFunction(_ image: Value, in scope: Scope) -> [Value] { [image] }
}
