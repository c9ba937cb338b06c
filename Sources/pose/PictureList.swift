import PoseMedia

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The pictures that a command line names: files as they are, the pictures in folders, the matches of patterns, and
/// standard input.
///
/// In a folder, a picture is a file with the ending of one, or a file that begins like one.
struct PictureList {
  /// What standard input is called in place of a path.
  static let standardInput = "-"

  private(set) var paths: [String] = []
  /// The files of folders and patterns that are not pictures.
  private(set) var skipped = SkippedFiles()
  /// The bytes of standard input, if it is one of the pictures.
  private(set) var standardInput: [UInt8]?
  private var seen: Set<String> = []
  /// The folders that have been searched, by which loops of symbolic links are noticed.
  private var folders: Set<FileIdentity> = []
  private let isRecursive: Bool

  /// - Parameter recursive: whether the folders below a folder are searched, too.
  /// - Throws: ``InputError`` if an input has no pictures, ``UsageError`` if standard input is given twice, and
  ///   `MediaError` if it has no bytes.
  init(_ inputs: [String], recursive: Bool = false) throws {
    isRecursive = recursive
    guard inputs.count(where: { $0 == Self.standardInput }) <= 1 else {
      throw UsageError("standard input (-) is given twice, but can be read once")
    }
    for input in inputs { try append(input) }
  }

  /// Reads a picture and its header.
  ///
  /// - Parameter path: one of ``paths``.
  /// - Throws: `MediaError`.
  func encoded(_ path: String, pixelLimit: Int, decoding: Decoding) throws -> EncodedImage {
    if path == Self.standardInput, let standardInput {
      return try EncodedImage(standardInput: standardInput, pixelLimit: pixelLimit, decoding: decoding)
    }
    return try EncodedImage(contentsOf: path, pixelLimit: pixelLimit, decoding: decoding)
  }

  /// The format of a picture; nil if it is none or if it is a pipe, whose bytes are not known yet.
  func format(of path: String) -> PictureFormat? {
    if path == Self.standardInput, let standardInput { return EncodedImage.format(of: standardInput) }
    return EncodedImage.format(of: path)
  }

  /// The inputs' pictures, with a line on standard error about the files that were skipped.
  static func announced(_ inputs: [String], recursive: Bool = false) throws -> PictureList {
    let list = try PictureList(inputs, recursive: recursive)
    if let text = list.skipped.text { Failure.report(text) }
    return list
  }

  private mutating func append(_ input: String) throws {
    if input == Self.standardInput {
      standardInput = try EncodedImage.standardInput()
      return append(file: input)
    }
    switch FileKind(input) {
    case .folder(let identity):
      let before = (paths.count, skipped)
      folders = [identity]
      try search(input)
      guard paths.count == before.0 else { return }
      let others = skipped.added(since: before.1).text.map { " (\($0))" } ?? ""
      throw InputError("the folder '\(input)' has no pictures (JPEG, PNG, WebP, HEIC, AVIF)\(others)")
    case nil where input.isPattern:
      let matches = Self.matches(of: input)
      if matches.isEmpty { throw InputError("no file matches '\(input)'") }
      for path in matches {
        switch FileKind(path) {
        case .folder: skipped.folderCount += 1
        case .special(let name): skipped.add(name)
        case .file, nil: append(file: path)
        }
      }
    default:
      // A missing file is reported with the others that fail, so that it does not stop them.
      append(file: input)
    }
  }

  private mutating func append(file path: String) {
    if seen.insert(path).inserted { paths.append(path) }
  }

  /// Adds the pictures of a folder in the order of their names. Hidden files and folders are left out.
  private mutating func search(_ folder: String) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw InputError("cannot list '\(folder)': \(error)")
    }
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      switch FileKind(path) {
      case .folder(let identity):
        guard isRecursive else {
          skipped.folderCount += 1
          continue
        }
        if folders.insert(identity).inserted { try search(path) }
      case .special(let kind):
        skipped.add(kind)
      case .file, nil:
        if PictureFormat(nameOf: name) != nil || EncodedImage.isPicture(path) {
          append(file: path)
        } else {
          skipped.add(name.ending ?? "without an ending")
        }
      }
    }
  }

  private static func matches(of pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0, let paths = found.gl_pathv else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
  }
}

/// Makes a folder with those above it.
func makeFolder(_ path: String) throws {
  var prefix = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    prefix += part + "/"
    guard mkdir(prefix, 0o777) != 0 else { continue }
    let code = errno
    if code == EEXIST, case .folder = FileKind(prefix) { continue }
    let reason = code == EEXIST ? "'\(prefix.dropLast())' is no folder" : String(cString: strerror(code))
    throw OutputError("cannot make the folder '\(path)': \(reason)")
  }
}

extension String {
  /// What follows the last slash.
  var fileName: String { split(separator: "/").last.map(String.init) ?? self }

  /// Whether a shell would look for matches; a bracket that is not closed is an ordinary character.
  fileprivate var isPattern: Bool {
    if contains(where: { "*?".contains($0) }) { return true }
    return firstIndex(of: "[").map { self[$0...].contains("]") } ?? false
  }

  /// A file name's last dot and what follows it, in lower case.
  fileprivate var ending: String? {
    guard let dot = lastIndex(of: "."), dot != startIndex, index(after: dot) != endIndex else { return nil }
    return self[dot...].lowercased()
  }
}
