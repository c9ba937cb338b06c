import PoseFormats

/// The numbers that COCO's files call pictures by: those that their names are, as COCO's own are, or else their places in
/// the list from 1 on.
struct PictureNumbers {
  private let numbers: [String: Int]
  /// Whether the numbers are those of the names.
  let areNames: Bool

  init(_ paths: [String]) {
    let named = paths.compactMap { DetectionFile.number(of: $0) }
    areNames = Set(named).count == paths.count
    numbers = Dictionary(zip(paths, areNames ? named : Array(1...max(paths.count, 1))), uniquingKeysWith: { $1 })
  }

  subscript(path: String) -> Int { numbers[path] ?? 0 }
}
