/// Adds in the order in which NumPy does: short runs in eight lanes, longer ones as the sum of the sums of their
/// halves. The last digits of the published tools depend on this order.
func pairwiseSum<Scalar: BinaryFloatingPoint & SIMDScalar>(_ values: ArraySlice<Scalar>) -> Scalar {
  if values.count < 8 { return values.reduce(0, +) }
  if values.count > 128 {
    let half = values.count / 2 / 8 * 8
    return pairwiseSum(values.prefix(half)) + pairwiseSum(values.dropFirst(half))
  }
  let rest = values.endIndex - values.count % 8
  var lanes = SIMD8<Scalar>(values.prefix(8))
  for start in stride(from: values.startIndex + 8, to: rest, by: 8) {
    lanes += SIMD8(values[start..<start + 8])
  }
  let halves = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
  let sum = halves + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
  return values[rest...].reduce(sum, +)
}

func pairwiseSum<Scalar: BinaryFloatingPoint & SIMDScalar>(_ values: [Scalar]) -> Scalar { pairwiseSum(values[...]) }

/// The mean, computed from the pairwise sum, or nil if there are no values.
func pairwiseMean(_ values: [Double]) -> Double? {
  values.isEmpty ? nil : pairwiseSum(values) / Double(values.count)
}
