import PoseCodecs
import PoseCore
import PoseData
import PoseEvaluation
import PoseImage
import PoseMedia

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Samples drawn for people: the crop with its joints, and its target beside it.
struct SampleSheet {
  private let recipe: SampleRecipe
  private var entries: [Entry] = []

  private struct Entry {
    let picture: Image
    let caption: String
    let path: String
    let joints: String
  }

  init(recipe: SampleRecipe) { self.recipe = recipe }

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(_ preview: SamplePreview, of sample: TrainingSample, index: Int) throws {
    // Small inputs are enlarged, so that a joint can be told from its neighbour.
    let zoom = max(1, (384.0 / Double(preview.image.height)).rounded(.up))
    let (width, height) = (Int(Double(preview.image.width) * zoom), Int(Double(preview.image.height) * zoom))
    let middle = (zoom - 1) / 2
    let enlargement = PoseImage.AffineTransform(a: zoom, b: 0, tx: middle, c: 0, d: zoom, ty: middle)
    let crop = try preview.image.warped(by: enlargement, width: width, height: height)
    let joints = pose(preview.augmented.joints.map { ($0.position, $0.isLabelled) }, by: enlargement)
    let target = try drawing(preview.target, on: crop, by: enlargement)
    let learnt = preview.target.weights.count { $0 > 0 }
    entries.append(
      Entry(
        picture: try crop.drawing([joints]).beside(target), caption: "#\(index) \(preview.drawn.words)",
        path: sample.picture, joints: "\(learnt) of \(preview.target.weights.count) joints are learned"))
  }

  func image(columns: Int) throws -> Image {
    try .sheet(entries.map { PictureTile(image: $0.picture, caption: $0.caption) }, columns: columns)
  }

  /// One page that needs no other file.
  func html(title: String) throws -> String {
    let figures = try entries.map { entry in
      let bytes = Data(try entry.picture.jpeg(quality: 90)).base64EncodedString()
      return """
        <figure><img alt="" width="\(entry.picture.width / 2)" src="data:image/jpeg;base64,\(bytes)">
        <figcaption><b>\(entry.caption.escapedForHTML)</b><br>\(entry.joints)<br><small>\(entry.path.escapedForHTML)</small></figcaption>\
        </figure>
        """
    }
    return """
      <!doctype html><meta charset="utf-8"><title>\(title.escapedForHTML)</title>
      <style>body{font:14px sans-serif;margin:1.5em;background:#16181e;color:#dce0e8}main{display:flex;flex-wrap:wrap;\
      gap:1em}figure{margin:0}figcaption{margin:.3em 0;max-width:30em;overflow-wrap:anywhere}small{color:#8b93a4}</style>
      <h1>\(title.escapedForHTML)</h1>
      <p>\(entries.count) samples of \(recipe.encoder.input.width) x \(recipe.encoder.input.height) pixels as training sees \
      them: left with the joints, right under the target. Blue is the person's own left, orange the right.</p>
      <main>
      \(figures.joined(separator: "\n"))
      </main>

      """
  }

  private func drawing(_ target: EncodedTarget, on crop: Image, by enlargement: PoseImage.AffineTransform) throws
    -> Image
  {
    if let maps = recipe.encoder.maps(of: target) {
      return crop.drawing(
        MapOverlay(values: maps.values, width: maps.width, height: maps.height, colors: recipe.skeleton.jointColors))
    }
    // Coordinates, as shares of the input.
    let (width, height) = (Double(recipe.encoder.input.width), Double(recipe.encoder.input.height))
    let joints = target.weights.indices.map { joint in
      let (x, y) = (Double(target.values[0][2 * joint]), Double(target.values[0][2 * joint + 1]))
      return (Point(x: x * width, y: y * height), target.weights[joint] > 0)
    }
    let dark = crop.drawing(MapOverlay(values: [], width: 1, height: 1, colors: []))
    return try dark.drawing([pose(joints, by: enlargement)])
  }

  private func pose(_ joints: [(Point, Bool)], by enlargement: PoseImage.AffineTransform) -> Pose {
    Pose(
      boundingBox: BoundingBox(x: 0, y: 0, width: 0, height: 0), score: 1,
      keypoints: joints.map { Keypoint(position: enlargement($0), score: $1 ? 1 : 0) }, skeleton: recipe.skeleton)
  }
}

extension AugmentationSample {
  /// What was done, in words.
  fileprivate var words: String {
    var words: [String] = []
    if isFlipped { words.append("mirrored") }
    if let halfBody { words.append("\(halfBody) body if enough joints") }
    if scale != 1 { words.append("x\(scale.rounded(toPlaces: 2))") }
    if rotation != 0 { words.append("\(rotation.rounded(toPlaces: 1)) degrees") }
    if let shift { words.append("moved \(shift.x.rounded(toPlaces: 2)), \(shift.y.rounded(toPlaces: 2))") }
    if colors != nil { words.append("colors") }
    if let blur { words.append("blur \(blur)") }
    if erasing != nil { words.append("erased") }
    return words.isEmpty ? "not augmented" : words.joined(separator: ", ")
  }
}
