import PoseCore
import PoseImage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A box in pixels of a network's input, as it comes out of the network.
struct InputBox {
  var left, top, right, bottom: Float

  init(centerX: Float, centerY: Float, width: Float, height: Float) {
    (left, right) = (centerX - width / 2, centerX + width / 2)
    (top, bottom) = (centerY - height / 2, centerY + height / 2)
  }

  /// YOLOX's box of a place: its center from a prior in cells, and the logarithms of width and height in cells; nil where
  /// it has no finite size.
  ///
  /// - Parameters:
  ///   - values: four channels of the grid's maps.
  ///   - isCentered: whether priors are the middles of cells rather than their corners.
  init?(yolox values: [Float], at place: Int, of grid: DetectionGrid, in input: Size, isCentered: Bool = false) {
    let stride = grid.stride(in: input)
    let prior = isCentered ? grid.center(of: place, in: input) : grid.corner(of: place, in: input)
    func value(_ channel: Int) -> Float { values[channel * grid.count + place] }
    let (x, y) = (value(0) * stride + prior.x, value(1) * stride + prior.y)
    self.init(centerX: x, centerY: y, width: exp(value(2)) * stride, height: exp(value(3)) * stride)
    // Sums are not finite where a part is not.
    guard (left + top + right + bottom).isFinite else { return nil }
  }

  /// The part of the box in the input.
  func clipped(to input: Size) -> InputBox {
    var box = self
    let (width, height) = (Float(input.width), Float(input.height))
    (box.left, box.right) = (min(max(left, 0), width), min(max(right, 0), width))
    (box.top, box.bottom) = (min(max(top, 0), height), min(max(bottom, 0), height))
    return box
  }

  var boundingBox: BoundingBox {
    let (x, y) = (Double(left), Double(top))
    return BoundingBox(x: x, y: y, width: Double(right) - x, height: Double(bottom) - y)
  }
}

extension Placement {
  func pictureBox(of box: InputBox) -> BoundingBox {
    pictureBox(left: Double(box.left), top: Double(box.top), right: Double(box.right), bottom: Double(box.bottom))
  }
}
