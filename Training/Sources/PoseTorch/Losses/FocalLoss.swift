extension Loss {
  /// The focal loss of heatmaps with peaks of 1 (Law and Deng, CornerNet, ECCV 2018): the logarithm of what is found at peaks,
  /// and of what is not found elsewhere, by how wrong the network was; elsewhere the less, the nearer a peak is. The sum of all
  /// pixels, for each peak.
  ///
  /// - Parameters:
  ///   - found: how likely there is a peak, between 0 and 1.
  ///   - mask: what counts, of the same or of a broadcast shape; nil for everything.
  func focal(
    _ found: TorchTensor, _ target: TorchTensor, mask: TorchTensor? = nil
  ) throws(LibTorchError) -> TorchTensor {
    // In bfloat16 what a network is all but sure of is 1.
    let found = try ATen.clamp(found, least: 1e-4, most: 1 - 1e-4)
    let missed = try found.complement()
    var isPeak = try ATen.gtScalar(target, b: 1 - 1e-7).to(like: found)
    var far = try ATen.mul(ATen.powScalar(target.complement(), b: 4), isPeak.complement())
    if let mask { (isPeak, far) = (try ATen.mul(isPeak, mask), try ATen.mul(far, mask)) }
    let atPeaks = try ATen.mul(ATen.mul(ATen.log(found), ATen.mul(missed, missed)), isPeak)
    let elsewhere = try ATen.mul(ATen.mul(ATen.log(missed), ATen.mul(found, found)), far)
    let count = try ATen.sum(isPeak, type: nil).atLeast(1)
    return try ATen.neg(ATen.div(ATen.sum(ATen.add(atPeaks, elsewhere, alpha: 1), type: nil), count))
  }
}

extension TorchTensor {
  /// What is missing of 1.
  func complement() throws(LibTorchError) -> TorchTensor { try ATen.addScalar(ATen.neg(self), b: 1, alpha: 1) }
}
