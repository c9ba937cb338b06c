import PoseCore
import PoseImage

/// From a network's outputs to keypoints.
public enum PoseDecoder: Sendable, Hashable {
  case heatmaps(HeatmapDecoder)
  case simCC(SimCCDecoder)
  /// Coordinates, with their spread or without.
  case coordinates

  /// Whether the network was trained with UDP's transforms, where pixel centres rather than pixels are scaled.
  public var isUnbiased: Bool {
    if case .heatmaps(let decoder) = self { decoder.isUnbiased } else { false }
  }
}

/// What a decoder reads: a network's outputs for one crop.
public enum PoseOutputs: Sendable, Hashable {
  case heatmaps(Heatmaps)
  case classes(JointClasses)
  case coordinates(JointCoordinates)

  /// The mean of these and of a mirrored picture's outputs.
  ///
  /// - Parameter shifted: moves the mirrored ones by a pixel of a heatmap, a class or a pixel of the input first.
  public func averaged(
    withMirrored other: PoseOutputs, _ pairs: [Skeleton.Pair], shifted: Bool, inputWidth: Int, by decoder: PoseDecoder
  ) -> PoseOutputs {
    switch (self, other, decoder) {
    case (.heatmaps(let maps), .heatmaps(let mirrored), .heatmaps(let decoder)):
      let flipped = mirrored.flippedBack(pairs, shifted: shifted, mapsPerJoint: decoder.mapsPerJoint)
      return .heatmaps(maps.averaged(with: flipped))
    case (.classes(let classes), .classes(let mirrored), _):
      return .classes(classes.averaged(with: mirrored.flippedBack(pairs, shifted: shifted)))
    case (.coordinates(let coordinates), .coordinates(let mirrored), _):
      let flipped = mirrored.flippedBack(pairs, shift: shifted ? 1 / Float(max(inputWidth, 1)) : 0)
      return .coordinates(coordinates.averaged(with: flipped))
    default: return self
    }
  }
}

extension PoseDecoder {
  /// Keypoints in pixels of the image that the network's input was cropped from.
  ///
  /// - Parameters:
  ///   - width: the network's input's.
  ///   - height: the network's input's.
  public func decode(_ outputs: PoseOutputs, in crop: CropGeometry, width: Int, height: Int) -> [Keypoint] {
    if case (.heatmaps(let maps), .heatmaps(let decoder)) = (outputs, self) { return decoder.decode(maps, in: crop) }
    let keypoints: [Keypoint] =
      switch (outputs, self) {
      case (.classes(let classes), .simCC(let decoder)): decoder.decode(classes)
      case (.coordinates(let coordinates), .coordinates): coordinates.keypoints(width: width, height: height)
      default: []
      }
    return keypoints.map { keypoint in
      let point = crop.imagePoint(
        of: keypoint.position, on: Size(height: height, width: width), warp: .standard)
      return Keypoint(position: point, score: keypoint.score)
    }
  }
}
