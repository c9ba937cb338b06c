/// The decoder of Megvii's networks (MSPN, RSN): a blurred map, a quarter and half a pixel, scores of maps up to 255.
func decodeMegvii(_ heatmaps: Heatmaps, kernel: Int) -> [Peak] {
  let blurred = heatmaps.modulated(kernel: kernel)
  return blurred.peaks().shiftedToHigherNeighbour(in: blurred, extra: 0.5).map {
    Peak(x: $0.x, y: $0.y, value: $0.value / 255 + 0.5)
  }
}
