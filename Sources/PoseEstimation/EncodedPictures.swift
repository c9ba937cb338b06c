#if canImport(PoseMedia)
  import PoseCodecs
  import PoseCore
  import PoseImage
  import PoseMedia

  extension PoseEstimator {
    /// One pose for each box in a picture that is still encoded, in pixels of the upright picture.
    ///
    /// The same as decoding it first, but that memory is used again from picture to picture.
    ///
    /// - Parameters:
    ///   - boxes: nil for the whole picture.
    ///   - decoding: `.reduced` decodes large JPEGs at 1/2, 1/4 or 1/8 of their size where the crops allow it, which is
    ///     faster and moves keypoints a little.
    /// - Throws: also ``MediaError``.
    public func poses(
      in picture: EncodedImage, boxes: [Detection]? = nil, decoding: Decoding = .exact
    ) throws -> [Pose] {
      let whole = BoundingBox(x: 0, y: 0, width: Double(picture.width), height: Double(picture.height))
      let boxes = boxes ?? [Detection(whole)]
      let least = decoding == .reduced ? boxes.map { reduction(of: crop(around: $0.boundingBox)) }.min() ?? 1 : 1
      return try withWorkspace { workspace in
        try picture.withPixels(reduction: least, memory: workspace.picture) {
          try poses(in: $0.view, placement: $0.placement, boxes: boxes, workspace)
        }
      }
    }

    /// The joints in each crop of a picture that is still encoded, in pixels of the upright picture.
    ///
    /// - Parameters:
    ///   - poses: what a network that refines poses begins with, one a crop.
    ///   - decoding: as for ``poses(in:boxes:decoding:)``.
    /// - Throws: also ``MediaError``.
    public func keypoints(
      in picture: EncodedImage, crops: [CropGeometry], refining poses: [[LabelledKeypoint]] = [],
      decoding: Decoding = .exact
    ) throws -> [[Keypoint]] {
      let least = decoding == .reduced ? crops.map(reduction).min() ?? 1 : 1
      return try withWorkspace { workspace in
        try picture.withPixels(reduction: least, memory: workspace.picture) {
          try keypoints(in: $0.view, placement: $0.placement, crops: crops, refining: poses, workspace)
        }
      }
    }

    /// How many of the picture's pixels, along its sides, become one of the network's input.
    private func reduction(of crop: CropGeometry) -> Double {
      let transform = transform(of: crop)
      let (x, y) = (transform.a.magnitude, transform.d.magnitude)
      return x > 0 && y > 0 ? min(1 / x, 1 / y) : 1
    }
  }
#endif
