import PoseGraph

/// No backbone: a head that looks at the picture itself, as TokenPose-T.
public struct Pixels: Backbone {
  public static let catalogue: [String: any Backbone] = ["pixels": Pixels()]

  public func callAsFunction(_ image: Value, in scope: Scope) -> [Value] { [image] }
}
