import PoseGraph

/// Coordinate attention (Hou et al., CVPR 2021): a feature map weighted by what each of its rows and columns holds.
///
/// Follows `coordatt.py` of the published code, names included.
struct CoordinateAttention {
  /// By how much the weights' computation narrows the channels, to no less than eight.
  var reduction: Int

  func callAsFunction(_ x: Value, in scope: Scope) -> Value {
    let (height, width) = (x.size.height, x.size.width)
    let here = x.named(scope)
    let rows = here.reduced(.mean, axes: [3], keepsAxes: true)
    let columns = here.reduced(.mean, axes: [2], keepsAxes: true).transposed([0, 1, 3, 2])
    let narrow = max(8, x.channels / max(reduction, 1))
    var both = (scope / "conv1").conv(scope.concat([rows, columns], axis: 2), to: narrow, bias: true)
    both = (scope / "act").activation(.hardSwish, (scope / "bn1").batchNorm(both))
    let parts = both.named(scope).split(axis: 2, sizes: [height, width])
    let rowWeights = (scope / "conv_h").conv(parts[0], to: x.channels, bias: true).sigmoid()
    let columnWeights = (scope / "conv_w").conv(
      parts[1].transposed([0, 1, 3, 2]), to: x.channels, bias: true
    ).sigmoid()
    return here * columnWeights * rowWeights
  }
}
