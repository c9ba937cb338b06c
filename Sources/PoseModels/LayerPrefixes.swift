/// The prefixes of a network's parts in its published parameter names; an empty one stands for no prefix.
public struct LayerPrefixes: Sendable, Hashable {
  public var backbone: String
  public var neck: String
  public var head: String

  public init(backbone: String = "", neck: String = "", head: String = "") {
    (self.backbone, self.neck, self.head) = (backbone, neck, head)
  }

  /// MMPose before 1.0.
  public static let mmpose = LayerPrefixes(backbone: "backbone", neck: "neck", head: "keypoint_head")

  /// MMPose from 1.0 on.
  package static let mmpose1 = LayerPrefixes(backbone: "backbone", neck: "neck", head: "head")

  /// The prefixes that configurations can name instead of writing them out.
  package static let presets: KeyValuePairs<String, LayerPrefixes> = [
    "mmpose": .mmpose,
    "mmpose_1": .mmpose1,
    // MMDetection's detectors.
    "mmdet": LayerPrefixes(backbone: "backbone", neck: "neck", head: "bbox_head"),
    // MMSegmentation's networks.
    "mmseg": LayerPrefixes(backbone: "backbone", neck: "neck", head: "decode_head"),
    // All layers side by side.
    "bare": LayerPrefixes(),
    "movenet": LayerPrefixes(backbone: "backbone", head: "header"),
    // YOLOv5's layers, numbered through all parts.
    "yolov5": LayerPrefixes(backbone: "model", neck: "model", head: "model"),
    "tokenpose": LayerPrefixes(backbone: "pre_feature", head: "transformer"),
    "tokenpose_s": LayerPrefixes(backbone: "features", head: "features"),
  ]
}
