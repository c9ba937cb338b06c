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

/// Samples drawn for people: the crop, or the picture, with its joints and its target beside it, or with its boxes.
struct SampleSheet {
  private let content: Content
  private var entries: [Entry] = []

  private struct Entry {
    let picture: Image
    let caption: String
    let path: String
    let labels: String
  }

  /// What the samples are of.
  private enum Content {
    case people(SampleRecipe)
    case scenes(SceneRecipe)
    case pictures(PictureRecipe, classes: [String])
    case masks(MaskRecipe)
  }

  init(recipe: SampleRecipe) { content = .people(recipe) }

  init(recipe: SceneRecipe) { content = .scenes(recipe) }

  init(recipe: MaskRecipe) { content = .masks(recipe) }

  /// - Parameter classes: the names of what is labelled.
  init(recipe: PictureRecipe, classes: [String]) { content = .pictures(recipe, classes: classes) }

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(_ preview: SamplePreview, of sample: TrainingSample, index: Int) throws {
    guard case .people(let recipe) = content else { return }
    let (crop, enlargement) = try preview.image.enlarged()
    let joints = pose(preview.augmented.joints.map { ($0.position, $0.isLabelled) }, recipe.skeleton, by: enlargement)
    let target = try drawing(preview.target, of: recipe, on: crop, by: enlargement)
    let learnt = preview.target.weights.count { $0 > 0 }
    entries.append(
      Entry(
        picture: try crop.drawing([joints]).beside(target), caption: "#\(index) \(preview.drawn.words)",
        path: sample.picture, labels: "\(learnt) of \(preview.target.weights.count) joints are learned"))
  }

  mutating func add(_ preview: ScenePreview, of sample: PeoplePicture, index: Int) throws {
    guard case .scenes(let recipe) = content else { return }
    let (image, enlargement) = try preview.image.enlarged()
    let people = preview.scene.people
    var picture = try image.drawing(
      people.map { person in
        pose(person.joints.map { ($0.position, $0.isLabelled) }, recipe.skeleton, by: enlargement)
      })
    let target = recipe.encoder.encode(preview.scene)
    if let maps = recipe.encoder.maps(of: target) { picture = try picture.beside(image.drawing(maps, recipe.skeleton)) }
    entries.append(
      Entry(
        picture: picture, caption: "#\(index) \(preview.variation.words(preview.affine.words))", path: sample.path,
        labels: "\(people.count) people, \(preview.scene.ignored.count.counted("area")) not learned from"))
  }

  mutating func add(_ preview: PicturePreview, of sample: LabelledPicture, index: Int) throws {
    guard case .pictures(_, let classes) = content else { return }
    var (image, enlargement) = try preview.image.enlarged()
    let objects = preview.boxes.map { labelled in
      let (box, zoom) = (labelled.box, enlargement.a)
      return Detection(
        BoundingBox(x: box.x * zoom, y: box.y * zoom, width: box.width * zoom, height: box.height * zoom),
        label: labelled.label ?? classes.count)
    }
    var alpha: [UInt8]?
    try image.draw(objects, classes: classes + ["ignored"], alpha: &alpha)
    entries.append(
      Entry(
        picture: image, caption: "#\(index) \(preview.variation.words(preview.frame.words))", path: sample.path,
        labels: "\(preview.boxes.count { $0.label != nil }.counted("object")) learned"))
  }

  mutating func add(_ preview: MaskPreview, of sample: MaskedPicture, index: Int) throws {
    var drawn = preview.image
    var alpha: [UInt8]?
    try drawn.draw(preview.mask, opacity: 0.5, alpha: &alpha)
    let shares = preview.mask.shares.map { "\($0.name ?? "\($0.label)") \(($0.share * 100).rounded(toPlaces: 1))%" }
    entries.append(
      Entry(
        picture: try preview.image.enlarged().image.beside(drawn.enlarged().image),
        caption: "#\(index) \(preview.words)", path: sample.path, labels: shares.joined(separator: ", ")))
  }

  /// The samples as pictures, each of as many rows as fit.
  func images(columns: Int) throws -> [Image] {
    let height = entries.map(\.picture.height).max() ?? 0
    let rows = max(Self.mostRows(height), 1)
    return try stride(from: 0, to: entries.count, by: rows * columns).map { first in
      let part = entries[first..<min(first + rows * columns, entries.count)]
      return try .sheet(part.map { PictureTile(image: $0.picture, caption: $0.caption) }, columns: columns)
    }
  }

  /// The rows of a picture that programs still open with ease.
  private static func mostRows(_ height: Int) -> Int { 16384 / (height + 36) }

  /// One page that needs no other file.
  func html(title: String) throws -> String {
    let figures = try entries.map { entry in
      let bytes = Data(try entry.picture.jpeg(quality: 90)).base64EncodedString()
      return """
        <figure><img alt="" src="data:image/jpeg;base64,\(bytes)">
        <figcaption><b>\(entry.caption.escapedForHTML)</b><br>\(entry.labels)<br><small>\(entry.path.escapedForHTML)</small></figcaption>\
        </figure>
        """
    }
    var page = Page(title, colors: .dark)
    page.body.append(
      """
      <p>\(entries.count.counted("sample")) of \(explanation)</p>
      <main>
      \(figures.joined(separator: "\n"))
      </main>
      """)
    return page.html
  }

  private var explanation: String {
    switch content {
    case .people(let recipe):
      """
      \(recipe.encoder.input.width) x \(recipe.encoder.input.height) pixels as training sees them: left with the joints, \
      right under the target.\(Page.key(Joint.Side.left.color.hexadecimal, "the person's own left"))\
      \(Page.key(Joint.Side.right.color.hexadecimal, "right"))
      """
    case .scenes(let recipe):
      """
      \(recipe.input.width) x \(recipe.input.height) pixels as training sees them, with everybody's joints and, where the \
      network learns maps, under them.\(Page.key(Joint.Side.left.color.hexadecimal, "the person's own left"))\
      \(Page.key(Joint.Side.right.color.hexadecimal, "right"))
      """
    case .pictures(let recipe, _):
      "\(recipe.input.width) x \(recipe.input.height) pixels as training sees them, with the boxes to learn."
    case .masks(let recipe):
      """
      \(recipe.input.width) x \(recipe.input.height) pixels as training sees them: left the picture, right under the \
      classes to learn.
      """
    }
  }

  private func drawing(
    _ target: EncodedTarget, of recipe: SampleRecipe, on crop: Image, by enlargement: PoseImage.AffineTransform
  ) throws -> Image {
    if let maps = recipe.encoder.maps(of: target) { return crop.drawing(maps, recipe.skeleton) }
    // Coordinates, as shares of the input.
    let (width, height) = (Double(recipe.encoder.input.width), Double(recipe.encoder.input.height))
    let joints = target.weights.indices.map { joint in
      let (x, y) = (Double(target.values[0][2 * joint]), Double(target.values[0][2 * joint + 1]))
      return (Point(x: x * width, y: y * height), target.weights[joint] > 0)
    }
    let dark = crop.drawing(MapOverlay(values: [], width: 1, height: 1, colors: []))
    return try dark.drawing([pose(joints, recipe.skeleton, by: enlargement)])
  }

  private func pose(
    _ joints: [(Point, Bool)], _ skeleton: Skeleton, by enlargement: PoseImage.AffineTransform
  ) -> Pose {
    Pose(
      boundingBox: BoundingBox(x: 0, y: 0, width: 0, height: 0), score: 1,
      keypoints: joints.map { Keypoint(position: enlargement($0), score: $1 ? 1 : 0) }, skeleton: skeleton)
  }
}

extension Image {
  /// The picture under maps of joints.
  fileprivate func drawing(_ maps: Heatmaps, _ skeleton: Skeleton) -> Image {
    drawing(MapOverlay(values: maps.values, width: maps.width, height: maps.height, colors: skeleton.jointColors))
  }

  /// Small inputs are enlarged, so that a joint can be told from its neighbor.
  fileprivate func enlarged() throws -> (image: Image, by: PoseImage.AffineTransform) {
    let zoom = max(1, (384.0 / Double(height)).rounded(.up))
    let middle = (zoom - 1) / 2
    let enlargement = PoseImage.AffineTransform(a: zoom, b: 0, tx: middle, c: 0, d: zoom, ty: middle)
    let image = try warped(by: enlargement, width: Int(Double(width) * zoom), height: Int(Double(height) * zoom))
    return (image, enlargement)
  }
}

extension PictureVariation {
  /// What was done, in words.
  ///
  /// - Parameter extents: how pictures were scaled and turned.
  fileprivate func words(_ extents: [String]) -> String {
    var words: [String] = []
    if mosaic != nil { words.append("mosaic") }
    words += extents
    if isFlipped { words.append("mirrored") }
    if colors.hue != 0 || colors.saturation != 0 || colors.value != 0 { words.append("colors") }
    if mixed != nil { words.append("mixed") }
    return words.isEmpty ? "not augmented" : words.joined(separator: ", ")
  }
}

extension MaskPreview {
  /// What was done, in words.
  fileprivate var words: String {
    var words = scale == 1 ? [] : ["x\(scale.rounded(toPlaces: 2))"]
    if isFlipped { words.append("mirrored") }
    if isDistorted { words.append("colors") }
    return words.isEmpty ? "not augmented" : words.joined(separator: ", ")
  }
}

extension PictureFrame {
  fileprivate var words: [String] { scale == 1 ? [] : ["x\(scale.rounded(toPlaces: 2))"] }
}

extension DrawnAffine {
  fileprivate var words: [String] {
    var words: [String] = []
    if scale != 1 { words.append("x\(scale.rounded(toPlaces: 2))") }
    if rotation != 0 { words.append("\(rotation.rounded(toPlaces: 1)) degrees") }
    if shift != Point(x: 0, y: 0) {
      words.append("moved \(shift.x.rounded(toPlaces: 2)), \(shift.y.rounded(toPlaces: 2))")
    }
    return words
  }
}

extension Color {
  /// As CSS has it.
  fileprivate var hexadecimal: String {
    let bytes = [red, green, blue].map { String(Int((255 * $0).rounded()), radix: 16) }
    return "#" + bytes.map { $0.count < 2 ? "0" + $0 : $0 }.joined()
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
    words += degradations.map { "\($0.kind.rawValue) \($0.strength.rounded(toPlaces: 1))" }
    if erasing != nil { words.append("erased") }
    return words.isEmpty ? "not augmented" : words.joined(separator: ", ")
  }
}
