import PoseFormats

/// A file of results that grows picture by picture.
///
/// A JSON file is written beside the old one and takes its place at the end. A file of lines, `.jsonl`, can be read at any
/// time, even after the process was killed. Nothing is made or replaced before the first picture's results are there.
struct ResultFile: ~Copyable {
  private let path: String
  private let frame: Frame
  private var sink = Sink.none
  private var isEmpty = true

  /// What a JSON file has around its elements, which commas separate.
  struct Frame {
    let head: String
    let foot: String

    /// A list.
    static let list = Frame(head: "[", foot: "\n]\n")
  }

  private enum Sink: ~Copyable {
    case none
    case replacing(ReplacingFile)
    case lines(AppendedFile)
    case standardOutput
  }

  init(_ path: String, _ frame: Frame) { (self.path, self.frame) = (path, frame) }

  /// Whether each element is a line that needs no others.
  static func hasLines(_ path: String) -> Bool { path.hasSuffix(".jsonl") }

  /// Writes a picture's elements, each the text of a JSON value.
  ///
  /// - Throws: ``OutputError``.
  mutating func append(_ elements: [String]) throws {
    do {
      if case .none = sink { try open() }
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
  consuming func finish() throws {
    if case .none = sink { return }
    do {
      if !Self.hasLines(path) { try write(frame.foot) }
      switch consume sink {
      case .replacing(let file): try file.commit()
      case .lines(let file): try file.synchronize()
      case .standardOutput, .none: break
      }
    } catch let error as FileError {
      throw OutputError(path, error)
    }
  }

  private mutating func open() throws {
    if path == "-" {
      sink = .standardOutput
    } else if Self.hasLines(path) {
      try FileBytes.write([], to: path)
      sink = .lines(try AppendedFile(path))
    } else {
      sink = .replacing(try ReplacingFile(path))
    }
    if !Self.hasLines(path) { try write(frame.head) }
  }

  private func write(_ text: String) throws {
    switch sink {
    case .replacing(let file): try file.append(Array(text.utf8))
    case .lines(let file): try file.append(Array(text.utf8))
    case .standardOutput: try pose.standardOutput(text, lineBreak: false)
    case .none: break
    }
  }
}
