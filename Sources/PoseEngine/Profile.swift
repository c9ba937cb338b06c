/// What one step of a compiled network took, for one image.
public struct StepProfile: Sendable {
  /// What the step does, with what is fused into it.
  public var name: String
  /// The published module path that the step comes from.
  public var path: String
  public var seconds: Double
  public var multiplyAdds: Int
  /// What it reads and writes, weights included.
  public var bytes: Int

  public init(name: String, path: String, seconds: Double, multiplyAdds: Int, bytes: Int) {
    self.name = name
    self.path = path
    self.seconds = seconds
    self.multiplyAdds = multiplyAdds
    self.bytes = bytes
  }
}
