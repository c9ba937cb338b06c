import PoseCodecs
import PoseCore
import PoseFormats
import PoseImage

/// A picture and everybody in it, for a network to learn from that looks for all of them at once.
public struct PeoplePicture: Sendable, Hashable {
  /// Its number in the annotations.
  public var id: Int
  /// Where its file is.
  public var path: String
  /// Those with a labelled joint.
  public var people: [LabelledPerson]
  /// What is not learnt from: crowds, and people without a labelled joint.
  public var ignored: [IgnoredArea]

  /// A part of a picture that is not learnt from.
  public struct IgnoredArea: Sendable, Hashable {
    /// In pixels of the picture.
    public var box: BoundingBox
    /// The part's own pixels; nil for all of the box.
    public var segmentation: Segmentation?

    public init(box: BoundingBox, segmentation: Segmentation? = nil) {
      (self.box, self.segmentation) = (box, segmentation)
    }
  }

  public init(id: Int, path: String, people: [LabelledPerson], ignored: [IgnoredArea] = []) {
    (self.id, self.path, self.people, self.ignored) = (id, path, people, ignored)
  }

  /// The pixels that are not learnt from.
  ///
  /// - Parameter size: the picture's.
  /// - Throws: `ImageError` where the picture is too large.
  func mask(_ size: Size) throws(ImageError) -> PixelMask {
    var mask = try PixelMask(size)
    for area in ignored {
      switch area.segmentation {
      case .polygons(let polygons):
        for polygon in polygons where !mask.fill(polygon: polygon) { mask.fill(area.box) }
      case .runs(let runs, size.width, size.height): mask.fill(runs: runs)
      // Runs of another size say nothing of this picture.
      case .runs, nil: mask.fill(area.box)
      }
    }
    return mask
  }
}

extension Dataset {
  /// The pictures with everybody in them, in the dataset's order.
  ///
  /// - Parameter empty: whether those in which nobody is annotated are among them.
  func peoplePictures(empty: Bool = false) -> [PeoplePicture] {
    let people = Dictionary(grouping: people, by: \.picture)
    return pictures.enumerated().compactMap { index, picture in
      let annotated = people[index] ?? []
      guard empty || !annotated.isEmpty else { return nil }
      var result = PeoplePicture(id: picture.id, path: picture.path, people: [])
      for person in annotated {
        guard let box = person.boundingBox else { continue }
        let joints = Array(keypoints(of: person))
        if !person.isCrowd, joints.contains(where: \.isLabelled) {
          // What MMPose takes where no area is annotated.
          let area = person.area ?? max(0.53 * box.area, 1)
          result.people.append(LabelledPerson(joints: joints, box: box, area: area))
        } else {
          result.ignored.append(.init(box: box, segmentation: person.segmentation))
        }
      }
      return result
    }
  }
}
