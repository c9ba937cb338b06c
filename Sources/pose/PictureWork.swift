import PoseEstimation
import PoseMedia

/// What a command does with a picture: reads it, looks at it, and draws what it found into a folder.
struct PictureWork: Sendable {
  let list: PictureList
  let decoding: Decoding
  let pixelLimit: Int
  /// The folder of drawn pictures; nil for none.
  let output: String?
  let names: OutputNames

  /// What was found in a picture.
  struct Result<Found: Sendable>: Sendable {
    let found: Found
    let width: Int
    let height: Int
    /// Where the drawn picture is.
    let drawn: String?
    let stopwatch: Stopwatch
  }

  /// Refuses drawn pictures that are inputs, and makes their folder.
  func check(_ pictures: [String], _ roles: inout FileRoles) throws {
    guard let output else { return }
    for path in pictures { try roles.write(output + "/" + names[path], "--output") }
    try makeFolder(output)
  }

  /// - Throws: `MediaError`, what `look` throws, and `OutputError` of the drawn picture.
  func callAsFunction<Found: Sendable>(
    _ path: String, look: (Picture) throws -> Found, draw: (Found, inout DrawablePicture) throws -> Void
  ) throws -> Result<Found> {
    var stopwatch = Stopwatch()
    let encoded = try list.encoded(path, pixelLimit: pixelLimit, decoding: decoding)
    stopwatch.lap("read")
    // What is drawn on must be whole, so it is decoded once for both.
    var drawable = output != nil && decoding == .exact ? try DrawablePicture(encoded) : nil
    // This copy of the picture ends here, so that drawing on it needs no other memory.
    let found = try look(
      drawable.map { Picture($0.image, path: path) } ?? Picture(encoded, decoding: decoding, path: path))
    stopwatch.lap("estimate")
    let drawn = output.map { $0 + "/" + names[path] }
    if let drawn {
      var picture = try drawable.take() ?? DrawablePicture(encoded)
      do {
        if let slash = drawn.lastIndex(of: "/") { try makeFolder(String(drawn[..<slash])) }
        try draw(found, &picture)
        try picture.write(to: drawn)
      } catch {
        throw OutputError(drawn, error)
      }
    }
    stopwatch.lap("draw")
    return Result(
      found: found, width: encoded.width, height: encoded.height, drawn: drawn, stopwatch: stopwatch)
  }
}
