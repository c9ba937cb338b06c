import PoseGraph

extension Value {
  /// Object regions' features from soft regions of each class (Yuan et al., OCRNet, ECCV 2020).
  ///
  /// - Parameters:
  ///   - regions: `N x classes x H x W`, before the softmax over the places.
  ///   - scale: what the regions' values are multiplied by first.
  /// - Returns: `N x channels x classes x 1`: the mean feature of each region.
  func gathered(over regions: Value, scale: Float = 1) -> Value {
    let (classes, places) = (regions.channels, size.height * size.width)
    let flat = regions.reshaped(to: [1, classes, places])
    let weights = (scale == 1 ? flat : flat * scale).softmax(axis: 2)
    let features = reshaped(to: [1, channels, places]).transposed([0, 2, 1])
    return weights.matmul(features).transposed([0, 2, 1]).reshaped(to: [1, channels, classes, 1])
  }
}
