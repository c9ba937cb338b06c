import PoseCore
import PoseGraph

/// ViTPose (Xu et al., NeurIPS 2022): a plain vision transformer on patches of 16x16 pixels; features of stride 16.
///
/// Follows MMPretrain's `vision_transformer.py`, names included.
public struct ViTPose: Backbone {
  public var channels = 768
  public var layers = 12
  public var heads = 12
  /// The input size of the training, which the position embedding fits.
  package var trainedInput = Size(height: 256, width: 192)

  public static let small = ViTPose(channels: 384)
  public static let base = ViTPose(channels: 768)
  public static let large = ViTPose(channels: 1024, layers: 24, heads: 16)
  package static let huge = ViTPose(channels: 1280, layers: 32, heads: 16)

  public static let catalogue: [String: any Backbone] = [
    "vitpose": base, "vitpose_small": small, "vitpose_base": base, "vitpose_large": large, "vitpose_huge": huge,
  ]

  public func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard
      scope.accepts(heads > 0 && channels % max(heads, 1) == 0, "ViTPose needs channels that \(heads) heads divide"),
      scope.accepts(
        (16...4096).contains(trainedInput.height) && (16...4096).contains(trainedInput.width),
        "ViTPose was trained with an input of 16 to 4096 pixels, not \(trainedInput)"),
      scope.acceptsRepeats([layers], of: "layers")
    else { return [image] }
    let position = positions(for: image.size, in: scope)
    let patches = (scope / "patch_embed" / "projection").conv(
      image, to: channels, kernel: 16, stride: 16, padding: Self.padding, bias: true)
    var x = patches.named(scope).asTokens() + position
    for index in 0..<layers { x = layer(x, in: scope / "layers" / index) }
    return [(scope / "ln1").layerNorm(x, epsilon: 1e-6).asImage(patches.size)]
  }

  private static let padding: Size = 2

  private func positions(for input: Size, in scope: Scope) -> Value {
    func grid(_ input: Size) -> Size {
      Size(
        height: (input.height + 2 * Self.padding.height) / 16, width: (input.width + 2 * Self.padding.width) / 16)
    }
    let (trained, needed) = (grid(trainedInput), grid(input))
    let table = scope.parameter(
      "pos_embed", shape: [1, trained.height * trained.width, channels], .truncatedNormal(deviation: 0.02))
    return trained == needed
      ? table : table.resizedCubically(trained, to: needed, in: scope)
  }

  private func layer(_ x: Value, in scope: Scope) -> Value {
    let y = x + (scope / "attn").selfAttention((scope / "ln1").layerNorm(x, epsilon: 1e-6), heads: heads)
    let ffn = scope / "ffn" / "layers"
    var z = (ffn / 0 / 0).linear((scope / "ln2").layerNorm(y, epsilon: 1e-6), to: 4 * channels)
    z = (ffn / 0 / 1).activation(.gelu, z)
    return y + (ffn / 1).linear(z, to: channels)
  }
}
