/// The backbones that configurations can name.
public enum BackboneCatalogue {
  private static let backbones: [String: any Backbone] = [
    "lite_hrnet_18": LiteHRNet.lite18,
    "lite_hrnet_30": LiteHRNet.lite30,
    "naive_lite_hrnet_18": LiteHRNet.naive18,
    "wider_naive_lite_hrnet_18": LiteHRNet.widerNaive18,
    "hrnet_w32": HRNet.w32,
    "hrnet_w48": HRNet.w48,
    "resnet_18": ResNet.resNet18,
    "resnet_50": ResNet.resNet50,
    "resnet_101": ResNet.resNet101,
    "resnet_152": ResNet.resNet152,
    "mobilenet_v2": MobileNetV2(),
    "shufflenet_v2": ShuffleNetV2(),
  ]

  /// The names in alphabetical order.
  public static let names = backbones.keys.sorted()

  /// The backbone of that name, or nil.
  public static func backbone(named name: String) -> (any Backbone)? { backbones[name] }
}
