import PoseGraph

/// PoseFix (Moon, Chang and Lee, CVPR 2019): ResNet that sees a pose beside the picture and so finds where it is wrong;
/// features of strides 4 to 32.
///
/// Follows `model.py` and `basemodel.py` of mks0601/PoseFix_RELEASE, whose weights are TensorFlow's; the names are
/// ResNet's, so that weights from ImageNet can be a start.
public struct PoseFix: Backbone {
  public var network: ResNet

  /// TensorFlow's decay of .99 is a momentum of .01.
  static let norm = NormConstants(epsilon: 1e-9, momentum: 0.01)

  init(_ network: ResNet) {
    self.network = network
    self.network.norm = Self.norm
  }

  public static let catalogue: [String: any Backbone] = [
    "posefix": PoseFix(.resNet50), "posefix_resnet_50": PoseFix(.resNet50), "posefix_resnet_101": PoseFix(.resNet101),
    "posefix_resnet_152": PoseFix(.resNet152),
  ]

  public var inputChannelsPerJoint: Int { 1 }

  /// - Parameter input: the picture's channels, then a heatmap of each joint, 255 where the joint is.
  public func callAsFunction(_ input: Value, in scope: Scope) -> [Value] { network(input, in: scope) }
}
