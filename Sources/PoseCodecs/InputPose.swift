import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A pose as a network that refines it sees it: a map a joint, a Gaussian around the joint, 255 at its peak.
///
/// Follows `render_gaussian_heatmap` of PoseFix (Moon, Chang and Lee, CVPR 2019).
public struct InputPose: Sendable, Hashable {
  /// In pixels of the input.
  public var sigma: Double

  public init(sigma: Double) { self.sigma = sigma }

  /// Writes the maps.
  ///
  /// - Parameters:
  ///   - joints: in pixels of the input. A joint that is not labelled, or nowhere near, has a map of zeros.
  ///   - planes: `joints x height x width` floats of any content.
  public func draw(
    _ joints: [LabelledKeypoint], width: Int, height: Int, into planes: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(
      joints.count * width * height == planes.count,
      "\(joints.count) maps of \(width) x \(height) need other memory than \(planes.count) floats")
    var next = planes.startIndex
    for joint in joints {
      let isDrawn = joint.isLabelled && joint.isNear
      let position = isDrawn ? joint.position : Point(x: 0, y: 0)
      let columns = falloff(from: position.x, count: width)
      for row in falloff(from: position.y, count: height) {
        let peak = isDrawn ? 255 * row : 0
        for column in columns {
          planes[next] = peak * column
          next += 1
        }
      }
    }
  }

  /// The box that a pose is cut out of a picture by: a fifth larger than the pose (`input_pose_load`).
  ///
  /// - Parameter joints: in pixels of the picture.
  /// - Returns: nil where no joint is labelled and near.
  public static func box(around joints: [LabelledKeypoint]) -> BoundingBox? {
    let found = joints.filter { $0.isLabelled && $0.isNear }.map(\.position)
    func side(_ values: [Double]) -> (start: Double, extent: Double)? {
      guard let least = values.min(), let most = values.max() else { return nil }
      let extent = 1.2 * (most > least ? most - least : 20)
      return ((least + most) / 2 - extent / 2, extent)
    }
    guard let x = side(found.map(\.x)), let y = side(found.map(\.y)) else { return nil }
    return BoundingBox(x: x.start, y: y.start, width: x.extent, height: y.extent)
  }

  private func falloff(from center: Double, count: Int) -> [Float] {
    (0..<count).map { index in
      let distance = (Double(index) - center) / sigma
      return Float(exp(-distance * distance / 2))
    }
  }
}

extension LabelledKeypoint {
  /// Whether the position is one that a picture can have.
  fileprivate var isNear: Bool { position.x.magnitude < 1e6 && position.y.magnitude < 1e6 }
}
