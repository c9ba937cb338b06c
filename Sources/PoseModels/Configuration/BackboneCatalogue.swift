/// The backbones that configurations can name.
public enum BackboneCatalogue {
  private static let backbones: [String: any Backbone] = [
    "lite_hrnet_18": LiteHRNet.lite18,
    "lite_hrnet_30": LiteHRNet.lite30,
    "naive_lite_hrnet_18": LiteHRNet.naive18,
    "wider_naive_lite_hrnet_18": LiteHRNet.widerNaive18,
  ]

  /// The names in alphabetical order.
  public static let names = backbones.keys.sorted()

  /// The backbone of that name, or nil.
  public static func backbone(named name: String) -> (any Backbone)? { backbones[name] }
}
