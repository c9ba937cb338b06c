import PoseFormats

/// A file of results that grows picture by picture.
///
/// A JSON file is written beside the old one and takes its place at the end. A file of lines, `.jsonl`, can be read at any
/// time, even after the process was killed. Nothing is made or replaced before the first picture's results are there.
struct ResultFile: ~Copyable {
  private let path: String
  private let frame: Frame
  /// Of these, one is there once the file is open, and none for standard output.
  private var replacing: ReplacingFile?
  private var lines: AppendedFile?
  private var isOpen = false
  private var isEmpty = true

  /// What a JSON file has around its elements, which commas separate.
  struct Frame {
    let head: String
    let foot: String

    /// A list.
    static let list = Frame(head: "[", foot: "\n]\n")
  }

  init(_ path: String, _ frame: Frame) { (self.path, self.frame) = (path, frame) }

  /// Whether each element is a line that needs no others.
  static func hasLines(_ path: String) -> Bool { path.hasSuffix(".jsonl") }

  /// Writes a picture's elements, each the text of a JSON value.
  ///
  /// - Throws: ``OutputError``.
  mutating func append(_ elements: [String]) throws {
    do {
      if !isOpen { try open() }
      var text = ""
      for element in elements {
        text += Self.hasLines(path) ? element + "\n" : (isEmpty ? "\n" : ",\n") + element
        isEmpty = false
      }
      try write(text)
    } catch let error as FileError {
      throw OutputError(path, error)
    }
  }

  /// Completes the file. Without any picture the old file stays.
  ///
  /// - Throws: ``OutputError``.
  mutating func finish() throws {
    guard isOpen else { return }
    do {
      if !Self.hasLines(path) { try write(frame.foot) }
      try lines?.synchronize()
      if let file = replacing.take() { try file.commit() }
    } catch let error as FileError {
      throw OutputError(path, error)
    }
  }

  private mutating func open() throws {
    isOpen = true
    if Self.hasLines(path) {
      try FileBytes.write([], to: path)
      lines = try AppendedFile(path)
    } else {
      if path != "-" { replacing = try ReplacingFile(path) }
      try write(frame.head)
    }
  }

  private func write(_ text: String) throws {
    if path == "-" { return try standardOutput(text, lineBreak: false) }
    try replacing?.append(Array(text.utf8))
    try lines?.append(Array(text.utf8))
  }
}
