/// A change of a training crop's pixels that a network and its teacher both see, unless it is for the network alone.
package enum PixelChange: String, Sendable, Hashable, Codable, CaseIterable {
  case colors, blur, erasing
}
