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

/// The pictures that a command line means: files as they are, folders' pictures by name, patterns' matches.
struct PictureList {
  let paths: [String]

  /// - Throws: ``InputError`` where an input means nothing.
  init(_ inputs: [String]) throws {
    var paths: [String] = []
    var seen: Set<String> = []
    for input in inputs {
      for path in try Self.expand(input) where seen.insert(path).inserted { paths.append(path) }
    }
    self.paths = paths
  }

  private static func expand(_ input: String) throws -> [String] {
    var isFolder = false
    if FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) {
      guard isFolder else { return [input] }
      let names: [String]
      do {
        names = try FileManager.default.contentsOfDirectory(atPath: input)
      } catch {
        throw InputError("cannot list '\(input)': \(error)")
      }
      let pictures = names.filter(\.isPictureName).sorted().map { input.hasSuffix("/") ? input + $0 : input + "/" + $0 }
      if pictures.isEmpty { throw InputError("the folder '\(input)' holds no .jpg, .jpeg or .png") }
      return pictures
    }
    if input.contains(where: { "*?[".contains($0) }) {
      let matches = matches(of: input)
      if matches.isEmpty { throw InputError("no file matches '\(input)'") }
      return matches
    }
    // A missing file is reported with the others that fail, so that it does not stop them.
    return [input]
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
    guard mkdir(prefix, 0o777) != 0, errno != EEXIST else { continue }
    throw OutputError("cannot make the folder '\(path)': \(String(cString: strerror(errno)))")
  }
}

extension String {
  /// What follows the last slash.
  var fileName: String { split(separator: "/").last.map(String.init) ?? self }

  fileprivate var isPictureName: Bool {
    [".jpg", ".jpeg", ".png"].contains { lowercased().hasSuffix($0) } && !hasPrefix(".")
  }
}
