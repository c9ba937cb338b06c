import PoseCore
import PoseFormats
import PoseImage

/// Finds people in pictures, for networks that look at one person at a time.
public protocol PersonDetector: Sendable {
  /// The people of a picture: their boxes in pixels of the upright picture. Nobody found is no error.
  ///
  /// - Throws: what reading the picture's pixels throws.
  func people(in picture: Picture) throws -> [Detection]

  /// Whether the detector looks at the picture's pixels, rather than at its size or its name.
  var looksAtPixels: Bool { get }
}

extension PersonDetector {
  public var looksAtPixels: Bool { true }
}

/// Takes each picture as one person's.
public struct WholePicture: PersonDetector {
  public var looksAtPixels: Bool { false }

  public init() {}

  public func people(in picture: Picture) -> [Detection] { [Detection(picture.frame)] }
}

/// Takes the place of a detector for a network whose joints are not those of people, such as hands. It throws when it is
/// asked to look, so boxes have to be given.
struct NoDetector: PersonDetector {
  let error: EstimationError

  func people(in picture: Picture) throws -> [Detection] { throw error }
}

/// Looks people up among boxes that are known beforehand, such as a detector's file, by the path of the picture. Boxes of
/// which nothing is in the picture are left out.
public struct GivenBoxes: PersonDetector {
  private let boxes: [String: [Detection]]
  /// What must be known of boxes that belong to no picture.
  public let notice: String?
  /// Whether the file has boxes of people, and none of them belongs to one of the pictures.
  public let isForOtherPictures: Bool

  public var looksAtPixels: Bool { false }

  /// - Parameters:
  ///   - file: boxes of these and maybe of other pictures, by file name or number.
  ///   - pictures: the paths of all pictures that people will be looked up for.
  ///   - minimumScore: boxes that score less are left out.
  /// - Throws: `DetectionError` where a box may belong to more than one.
  public init(
    _ file: DetectionFile, of pictures: [String], minimumScore: Double = 0
  ) throws(DetectionError) {
    let assigned = try AssignedBoxes(file, pictures: pictures)
    boxes = Dictionary(zip(pictures, assigned.byPicture)) { first, _ in first }
      .mapValues { $0.filter { $0.score >= minimumScore } }
    (notice, isForOtherPictures) = (assigned.notice, assigned.isForOtherPictures)
  }

  public func people(in picture: Picture) -> [Detection] { all(of: picture).filter { isInside($0, picture) } }

  /// The boxes that are left out, because nothing of them is in the picture.
  public func outside(_ picture: Picture) -> [Detection] { all(of: picture).filter { !isInside($0, picture) } }

  private func all(of picture: Picture) -> [Detection] { picture.path.flatMap { boxes[$0] } ?? [] }

  private func isInside(_ detection: Detection, _ picture: Picture) -> Bool {
    BoxRule.distance.cleaned(detection.boundingBox, width: picture.size.width, height: picture.size.height) != nil
  }
}
