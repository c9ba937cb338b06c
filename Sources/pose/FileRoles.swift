import PoseFormats

/// The files that a command reads and writes. An output that is an input or another output is refused before anything
/// runs.
struct FileRoles {
  private var inputs: [FileIdentity: String] = [:]
  /// The options that write, by what they write.
  private var outputs: [String: String] = [:]
  /// The existing files that outputs will replace.
  private var replaced: [FileIdentity: (path: String, option: String)] = [:]

  /// - Parameter paths: the files that are read; nil for options that are not given. Files that do not exist are left to
  ///   the reader.
  init(reading paths: [String?]) {
    for case let path? in paths {
      let file = path == PictureList.standardInput ? "/dev/stdin" : path
      if case .file(let identity) = FileKind(file) { inputs[identity] = path }
    }
  }

  /// Notes further files that are read, such as the pictures that an annotation file names.
  ///
  /// - Throws: ``UsageError`` where an output would replace one of them.
  func read(_ paths: some Sequence<String>) throws {
    if replaced.isEmpty { return }
    for path in paths {
      guard case .file(let identity) = FileKind(path), let output = replaced[identity] else { continue }
      throw UsageError("\(output.option) would replace '\(path)', which is read: write to another file")
    }
  }

  /// Notes a folder that is to be replaced with everything in it.
  ///
  /// - Throws: ``UsageError`` where an input is in it, and as ``write(_:_:)``.
  mutating func replaceFolder(_ path: String, _ option: String) throws {
    let place = FileBytes.place(of: path) + "/"
    if let input = inputs.values.sorted().first(where: { FileBytes.resolved($0)?.hasPrefix(place) == true }) {
      throw UsageError("\(option) would replace the folder of the input '\(input)': write to another place")
    }
    try write(path, option)
  }

  /// Notes a file that is to be written.
  ///
  /// - Parameter option: the option that names it.
  /// - Throws: ``UsageError`` where it is an input, by whatever path or link, or where another option writes it.
  mutating func write(_ path: String?, _ option: String) throws {
    guard let path, path != "-" else { return }
    switch FileKind(path) {
    // Pipes and devices, such as /dev/null, keep nothing that could be lost. Folders are left to the writer.
    case .special, .folder: return
    case .file(let identity):
      if let input = inputs[identity] {
        let name = input == path ? "" : " by the name '\(path)'"
        throw UsageError("\(option) would replace the input '\(input)'\(name): write to another file")
      }
      replaced[identity] = (path, option)
    case nil: break
    }
    let place = FileBytes.place(of: path)
    if let other = outputs.updateValue(option, forKey: place) {
      throw UsageError(
        other == option
          ? "'\(path)' would be written twice: give pictures whose names differ, or their folder"
          : "\(other) and \(option) would both write '\(path)'")
    }
  }
}
