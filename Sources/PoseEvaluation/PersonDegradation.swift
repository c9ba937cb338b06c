import PoseCore
import PoseData
import PoseEstimation
import PoseImage
import PoseMedia

/// How the part of a picture around each person is degraded before a network looks at the person.
///
/// What is degraded are pixels of the picture as it is, so that networks of any input see the same; the person's own size is
/// the measure of `blur` and `lowres`. Boxes stay those that were found in the clean picture.
package struct PersonDegradation: Sendable {
  package var kind: DegradationKind
  package var strength: Double
  /// The input and the padding of the network, whose crop is what is degraded.
  package var input: Size
  package var padding: Double

  /// A person's part of a picture, degraded.
  struct Result {
    let image: Image
    /// Where the network looks, in pixels of ``image``.
    let region: PersonRegion
    /// The place of the image's top left pixel in the picture.
    let origin: Point
    /// What the network sees, in pixels of ``image``.
    let crop: CropGeometry
  }

  /// - Parameters:
  ///   - region: where the network looks for a person.
  ///   - number: the person's in the dataset, by which the noise and the direction of a blur differ. They are the same at
  ///     every strength, and for every network.
  ///   - picture: the person's picture.
  /// - Throws: ``MediaError``.
  func callAsFunction(_ region: PersonRegion, number: Int, of picture: Image) throws -> Result {
    var (region, crop) = (
      region,
      region.crop
        ?? CropGeometry(
          box: region.detection.boundingBox, input: input, padding: padding, rule: region.boxRule)
    )
    let part = picture.part(around: crop)
    let (x, y) = (Double(part.x), Double(part.y))
    region.detection.boundingBox.x -= x
    region.detection.boundingBox.y -= y
    (crop.center.x, crop.center.y) = (crop.center.x - x, crop.center.y - y)
    if region.crop != nil { region.crop = crop }
    for joint in region.keypoints.indices {
      region.keypoints[joint].position.x -= x
      region.keypoints[joint].position.y -= y
    }
    let box = region.detection.boundingBox
    let degradation = Degradation(kind, strength: strength, chance: RandomStream(seed: UInt64(number)))
    let image = try part.image.degraded(by: degradation, personHeight: max(box.width, box.height))
    return Result(image: image, region: region, origin: Point(x: x, y: y), crop: crop)
  }
}

extension Image {
  /// What of the picture a crop needs; all of it where the crop lies outside.
  fileprivate func part(around crop: CropGeometry) -> (image: Image, x: Int, y: Int) {
    /// The whole pixels of a side that lie in the picture, with room for neighbours.
    func covered(_ center: Double, _ scale: Double, _ count: Int) -> Range<Int>? {
      let (first, last) = ((center - 100 * scale).rounded(.down) - 2, (center + 100 * scale).rounded(.up) + 2)
      guard first < Double(count), last >= 0 else { return nil }
      let (low, high) = (Int(max(first, 0)), Int(min(last, Double(count - 1))))
      return low <= high ? low..<high + 1 : nil
    }
    guard let columns = covered(crop.center.x, crop.scaleX, width),
      let rows = covered(crop.center.y, crop.scaleY, height)
    else { return (self, 0, 0) }
    let part = rows.flatMap { row in
      pixels[((row * width + columns.lowerBound) * 3)..<((row * width + columns.upperBound) * 3)]
    }
    guard let image = try? Image(width: columns.count, height: rows.count, pixels: part) else { return (self, 0, 0) }
    return (image, columns.lowerBound, rows.lowerBound)
  }
}
