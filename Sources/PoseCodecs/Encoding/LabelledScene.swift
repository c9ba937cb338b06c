import PoseCore
import PoseImage

/// What one network input shows: its labelled people, and which parts of it are learnt from.
public struct LabelledScene: Sendable, Hashable {
  public var people: [LabelledPerson]
  /// Boxes of which nothing is known, such as those of crowds, in pixels of the input.
  public var ignored: [BoundingBox] = []
  /// The pictures that the input shows; with none, all of the input is learnt from.
  public var pictures: [ShownPicture] = []

  public init(people: [LabelledPerson]) { self.people = people }

  /// A person alone, as top-down networks learn.
  public init(_ joints: [LabelledKeypoint]) { people = [LabelledPerson(joints: joints)] }
}

/// A person in a picture or in a network's input.
public struct LabelledPerson: Sendable, Hashable {
  /// In pixels, in the skeleton's order.
  public var joints: [LabelledKeypoint]
  /// In pixels, as annotated or as a transform has left it; nil where nothing is known.
  public var box: BoundingBox?
  /// In square pixels, as annotated or scaled with the picture; nil where nothing is known.
  public var area: Double?
  /// The width and the height of the box before it was turned, in pixels; nil for those of ``box``.
  package var boxSides: SIMD2<Double>?

  public init(joints: [LabelledKeypoint], box: BoundingBox? = nil, area: Double? = nil) {
    (self.joints, self.box, self.area) = (joints, box, area)
  }
}

/// A picture in a network's input.
public struct ShownPicture: Sendable, Hashable {
  /// From pixels of the picture to pixels of the input.
  public var transform: AffineTransform
  /// The pixels that are not learnt from, such as those of a crowd; of the picture's size.
  public var ignored: PixelMask

  public init(_ transform: AffineTransform, ignored: PixelMask) {
    (self.transform, self.ignored) = (transform, ignored)
  }
}

extension LabelledScene {
  /// Writes 1 where the input is learnt from and 0 elsewhere: in ignored pixels and beyond all pictures, by bilinear
  /// interpolation as the published code warps its masks.
  func writeMask(to map: TargetMap, of input: Size) {
    let shown = pictures.compactMap { picture in
      picture.transform.inverse.map { (toPicture: $0, ignored: picture.ignored) }
    }
    guard !pictures.isEmpty else { return map.values.update(repeating: 1) }
    let step = (x: Double(input.width) / Double(map.width), y: Double(input.height) / Double(map.height))
    for y in 0..<map.height {
      for x in 0..<map.width {
        let place = Point(x: Double(x) * step.x, y: Double(y) * step.y)
        var (isShown, isIgnored) = (false, false)
        for picture in shown {
          let shares = picture.ignored.shares(at: picture.toPicture(place))
          isShown = isShown || shares.learnt > 0.5
          isIgnored = isIgnored || shares.ignored >= 0.5
        }
        map.values[y * map.width + x] = isShown && !isIgnored ? 1 : 0
      }
    }
  }
}

extension PixelMask {
  /// How much of a place, blended of the four pixels around it, lies in the picture: in pixels that belong and in others.
  fileprivate func shares(at place: Point) -> (ignored: Double, learnt: Double) {
    guard place.x > -1, place.y > -1, place.x < Double(size.width), place.y < Double(size.height) else { return (0, 0) }
    let (left, top) = (place.x.rounded(.down), place.y.rounded(.down))
    var (ignored, learnt) = (0.0, 0.0)
    for (row, down) in [(Int(top), 1 - (place.y - top)), (Int(top) + 1, place.y - top)]
    where (0..<size.height).contains(row) {
      for (column, across) in [(Int(left), 1 - (place.x - left)), (Int(left) + 1, place.x - left)]
      where (0..<size.width).contains(column) {
        if self[column, row] { ignored += down * across } else { learnt += down * across }
      }
    }
    return (ignored, learnt)
  }
}
