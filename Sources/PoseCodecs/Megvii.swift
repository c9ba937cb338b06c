/// The decoder of Megvii's networks (MSPN, RSN): a blurred map, a quarter and half a pixel, scores of maps up to 255.
func decodeMegvii(_ heatmaps: Heatmaps, kernel: Int) -> [Peak] {
  let weights = gaussianKernel(size: kernel)
  return (0..<heatmaps.joints).map { joint in
    heatmaps.withBlurred(joint, weights: weights, border: .zeros) {
      let blurred = ModulatedMap($0, top: heatmaps.maximum(of: joint))
      let peak = blurred.peak.shiftedToHigherNeighbour(width: heatmaps.width, height: heatmaps.height, extra: 0.5) {
        blurred[$0, $1]
      }
      return Peak(x: peak.x, y: peak.y, value: peak.value / 255 + 0.5)
    }
  }
}
