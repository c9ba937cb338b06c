import PoseCore

/// The boxes of a file by the picture that each belongs to: by the file's name with its folders (``PictureNames``), or by
/// the number that the picture's name is.
package struct AssignedBoxes: Sendable {
  /// For each picture its boxes, in the order of the file.
  package let byPicture: [[Detection]]
  /// What must be known of boxes that belong to no picture: nil where some belong to one.
  package let notice: String?
  /// Whether the file has boxes of people, and none of them belongs to one of the pictures.
  package let isForOtherPictures: Bool

  /// - Parameter pictures: the paths of the pictures.
  /// - Throws: ``DetectionError`` where a box may belong to more than one.
  package init(_ file: DetectionFile, pictures: [String]) throws(DetectionError) {
    byPicture = try Self.assign(file.records, pictures)
    let isUnused = byPicture.allSatisfy(\.isEmpty)
    isForOtherPictures = isUnused && !file.records.isEmpty
    notice = isUnused ? Self.nothing(file, pictures) : Self.fractions(file.records)
  }

  /// - Parameter pictures: the paths of the pictures.
  /// - Throws: ``DetectionError`` where a box may belong to more than one.
  package static func assign(
    _ records: [DetectionFile.Record], _ pictures: [String]
  ) throws(DetectionError) -> [[Detection]] {
    let names = PictureNames(pictures)
    var assigned: [[Detection]] = pictures.map { _ in [] }
    for record in records {
      let match =
        record.fileName.map(names.picture(named:)) ?? record.imageID.map(names.picture(numbered:)) ?? .nothing
      switch match {
      case .picture(let index): assigned[index].append(record.detection)
      case .nothing: break
      case .ambiguous(let first, let second):
        let name = record.fileName.map { "'\($0)'" } ?? "image \(record.imageID ?? 0)"
        throw .ambiguous(name: name, first: pictures[first], second: pictures[second])
      }
    }
    return assigned
  }

  private static func nothing(_ file: DetectionFile, _ pictures: [String]) -> String {
    var reasons: [String] = []
    if let record = file.records.first {
      let example = record.fileName.map { "'\($0)'" } ?? "image \(record.imageID ?? 0)"
      let picture = pictures.first.map { "'\($0)'" } ?? "none"
      let form = record.fileName == nil ? ", whose name would have to be that number" : ""
      reasons.append(
        "\(file.records.count) \(file.records.count == 1 ? "is" : "are") of other pictures (such as \(example); the "
          + "first of these pictures is \(picture)\(form))")
    }
    for (category, count) in file.otherCategories.sorted(by: { $0.key < $1.key }).prefix(5) {
      reasons.append("\(count) \(count == 1 ? "is" : "are") of category \(category), and people are category 1")
    }
    if file.crowds > 0 { reasons.append("\(file.crowds) \(file.crowds == 1 ? "is" : "are") around a crowd") }
    let count = file.records.count + file.crowds + file.otherCategories.values.reduce(0, +)
    if count == 0 { return "the file has no boxes" }
    return "\(count) \(count == 1 ? "box" : "boxes"), none for these pictures: " + reasons.joined(separator: "; ")
  }

  /// Boxes are in pixels; what other tools write as shares of the picture is smaller than two pixels throughout.
  private static func fractions(_ records: [DetectionFile.Record]) -> String? {
    let boxes = records.map(\.detection.boundingBox)
    guard boxes.allSatisfy({ max($0.x, $0.y, $0.width, $0.height) < 2 }), boxes.contains(where: { $0.width > 0 }) else {
      return nil
    }
    return
      "all boxes are smaller than 2 pixels: boxes are x, y, width and height in pixels, not fractions of the picture"
  }
}
