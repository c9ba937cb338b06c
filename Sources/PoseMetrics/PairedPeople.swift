#if canImport(CJSON)
  import PoseCore
  import PoseFormats

  /// The annotated people of a COCO file, each paired with exactly one result.
  public struct PairedPeople: Sendable {
    public private(set) var keypoints: PairedKeypoints<Double>
    /// The annotated boxes, in pixels.
    public private(set) var boxes: [BoundingBox] = []

    /// Pairs results with annotated people: by the annotations that the results name, or else those of each image in the
    /// order of both files. Crowds and people without a labelled keypoint take no part, as in the published code.
    ///
    /// - Parameter countsFromOne: whether the annotations' top left pixel is (1, 1), as in J-HMDB: results count from 0.
    /// - Throws: ``MetricError`` where somebody has no result or several, poses differ in their keypoints, or results are
    ///   obviously in another order than the annotations.
    public init(
      _ annotations: COCOAnnotations, _ results: COCOResults, countsFromOne: Bool = false
    ) throws(MetricError) {
      let people = annotations.annotations.filter { annotation in
        !annotation.isCrowd && annotation.keypointCount != 0
          && annotations.keypoints[annotation.keypoints].contains { $0 > 0 }
      }
      let results = try results.numbered(in: annotations)
      let sizes = Dictionary(annotations.images.map { ($0.id, $0) }) { first, _ in first }
      for (index, result) in results.entries.enumerated() where sizes[result.imageID] == nil {
        throw .unknownImage(id: result.imageID, what: "result \(index)")
      }
      keypoints = PairedKeypoints(jointCount: people.first.map { $0.keypoints.count / 3 } ?? 0)
      let partners = try PersonPairing(people, annotations, results).partners
      for (person, partner) in zip(people, partners) {
        let result = results.entries[partner]
        guard var box = person.boundingBox else { throw .noBox(what: "annotation \(person.id)") }
        var truth = Array(annotations.keypoints[person.keypoints])
        if countsFromOne {
          for index in truth.indices where index % 3 != 2 { truth[index] = Double(Float(truth[index] - 1)) }
          if let image = sizes[person.imageID] { box = box.shiftedToZero(width: image.width, height: image.height) }
        }
        let prediction = Array(results.keypoints[result.keypoints])
        try keypoints.append(
          prediction.positions, truth: truth.positions,
          isAnnotated: stride(from: 2, to: truth.count, by: 3).map { truth[$0] > 0 })
        boxes.append(box)
      }
    }

    /// For each person, the longer side of the box, which PCK divides by.
    public var boxSizes: [SIMD2<Double>] { boxes.map { SIMD2(repeating: max($0.width, $0.height)) } }
  }

  extension [Double] {
    /// The x and y of each (x, y, visibility or score) triple.
    fileprivate var positions: [Double] { indices.filter { $0 % 3 != 2 }.map { self[$0] } }
  }

  extension BoundingBox {
    /// The box moved by one pixel up and to the left and clipped to the image, as in the published code.
    fileprivate func shiftedToZero(width imageWidth: Int, height imageHeight: Int) -> BoundingBox {
      let (left, top) = (max(0, x - 1), max(0, y - 1))
      let right = min(Double(imageWidth) - 1, left + max(0, width))
      let bottom = min(Double(imageHeight) - 1, top + max(0, height))
      return BoundingBox(x: left, y: top, width: right - left, height: bottom - top)
    }
  }
#endif
