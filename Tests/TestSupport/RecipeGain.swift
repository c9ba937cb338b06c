/// The factors on the norm weights of recipe weights with which golden values were made; without them the activations of
/// very deep networks would leave the range of float32.
public enum RecipeGain {
  private static let gains: [(prefix: String, gain: Float)] = [
    ("litehrnet_30_", 0.5), ("ditehrnet_30_", 0.5), ("lite_hrnet_30_", 0.5), ("mindspore_litehrnet_30_", 0.5),
    ("fcn_litehr30_", 0.5),
  ]

  /// - Parameter name: of a configuration.
  public static func of(_ name: String) -> Float { gains.first { name.hasPrefix($0.prefix) }?.gain ?? 1 }
}
