import Foundation
import Yams

extension ModelConfiguration {
  /// The largest text that is read.
  static let maximumByteCount = 1 << 20

  /// Reads a configuration from YAML; paths in it start in the working folder.
  ///
  /// - Parameter name: where the text came from, and its name unless the text says otherwise.
  /// - Throws: ``ConfigurationError`` with the key at fault.
  public init(yaml: String, name: String) throws(ConfigurationError) {
    try self.init(yaml: yaml, name: name, folders: ["."])
  }

  /// - Parameter folders: where the paths of skeleton files start.
  init(yaml: String, name: String, folders: [String]) throws(ConfigurationError) {
    self = try Self.decode(yaml, name: name, folders: folders)
    if self.name.isEmpty { self.name = name }
  }

  /// Decodes what YAML says, strictly.
  static func decode<Value: Decodable>(
    _ yaml: String, name: String, folders: [String] = []
  ) throws(ConfigurationError) -> Value {
    try Self.checkExtent(of: yaml, name: name)
    return try catching(name) { try YAMLDecoder().decode(Value.self, from: yaml, userInfo: [.folders: folders]) }
  }

  static func decode<Value: Decodable>(
    _ node: Node, name: String, folders: [String]
  ) throws(ConfigurationError) -> Value {
    try catching(name) { try YAMLDecoder().decode(Value.self, from: node, userInfo: [.folders: folders]) }
  }

  /// YAML as a tree; nil where it says nothing.
  static func node(of yaml: String, name: String) throws(ConfigurationError) -> Node? {
    try Self.checkExtent(of: yaml, name: name)
    return try catching(name) { try Yams.compose(yaml: yaml) }
  }

  private static func catching<Value>(_ name: String, _ body: () throws -> Value) throws(ConfigurationError) -> Value {
    do {
      return try body()
    } catch let error as DecodingError {
      if case .dataCorrupted(let context) = error, let error = context.underlyingError as? YamlError {
        throw ConfigurationError(source: name, problem: .malformed(error.sentence))
      }
      throw ConfigurationError(error, source: name)
    } catch let error as ConfigurationError {
      // Of a file that this one names.
      throw error
    } catch let error as YamlError {
      throw ConfigurationError(source: name, problem: .malformed(error.sentence))
    } catch {
      throw ConfigurationError(source: name, problem: .malformed("is not YAML: \(error)"))
    }
  }

  /// Reads what ``json`` wrote.
  ///
  /// - Parameter source: where the text came from, for messages.
  /// - Throws: ``ConfigurationError`` with the key at fault.
  public init(json: String, source: String) throws(ConfigurationError) {
    guard json.utf8.count <= Self.maximumByteCount else { throw .tooLarge(source) }
    do {
      let decoder = JSONDecoder()
      decoder.userInfo[.isModelFile] = true
      self = try decoder.decode(ModelConfiguration.self, from: Data(json.utf8))
    } catch let error as DecodingError {
      throw ConfigurationError(error, source: source)
    } catch {
      throw ConfigurationError(source: source, problem: .malformed("is not JSON: \(error)"))
    }
  }

  /// One line of JSON that says everything, for the metadata of a model file.
  ///
  /// - Throws: ``ConfigurationError`` where a number is not finite.
  public func json() throws(ConfigurationError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw ConfigurationError(source: name, problem: .invalid("has a number that is not finite"))
    }
  }

  /// Reads a `.yaml` file of at most 1 MB; paths in it start in its folder, or else in the working folder.
  ///
  /// - Throws: ``ConfigurationError`` where the file cannot be read or says something unknown.
  public init(contentsOf path: String) throws(ConfigurationError) {
    try self.init(yaml: Self.text(of: path), name: path, folders: [Self.folder(of: path), "."])
    if name == path { name = Self.stem(of: path) }
  }

  /// A file's name without folders and extension.
  static func stem(of path: String) -> String { URL(filePath: path).deletingPathExtension().lastPathComponent }

  static func folder(of path: String) -> String {
    URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
  }

  static func isFile(_ path: String) -> Bool {
    let path = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    return (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType == .typeRegular
  }

  /// A regular file's text of at most 1 MB.
  static func text(of path: String) throws(ConfigurationError) -> String {
    // A pipe or a device might never end.
    guard !FileManager.default.fileExists(atPath: path) || isFile(path) else {
      throw ConfigurationError(source: path, problem: .unreadable("cannot be read. Check that it is a file"))
    }
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw ConfigurationError(source: path, problem: .unreadable("cannot be opened. Check that the file is there"))
    }
    defer { try? file.close() }
    // One byte more than allowed tells a file that is too large, whatever its size.
    guard let data = try? file.read(upToCount: Self.maximumByteCount + 1) else {
      throw ConfigurationError(source: path, problem: .unreadable("cannot be read. Check that it is a file"))
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ConfigurationError(source: path, problem: .malformed("is not UTF-8 text"))
    }
    return text
  }

  /// Refuses what a parser would take long over: too much text, deep nesting, and aliases, which can grow without bound.
  private static func checkExtent(of yaml: String, name: String) throws(ConfigurationError) {
    guard yaml.utf8.count <= maximumByteCount else { throw .tooLarge(name) }
    // No indentation and no line of a configuration is anywhere near these, and each bounds how deep sections nest.
    let brackets = yaml.utf8.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
    let prefix = yaml.utf8.split(whereSeparator: { $0 == 10 || $0 == 13 })
      .lazy.map { $0.prefix { " -?:\t".utf8.contains($0) }.count }.max()
    guard brackets <= 200, prefix ?? 0 <= 100 else {
      throw ConfigurationError(source: name, problem: .malformed("nests too deep"))
    }
    if let alias = sharedNames(in: yaml).min() {
      throw ConfigurationError(
        source: name, problem: .malformed("uses the alias *\(alias.prefix(40)). Write the value out instead"))
    }
  }

  /// Names that follow both `&` and `*`: without one there is no alias. Comments count too, which does no harm.
  private static func sharedNames(in yaml: String) -> Set<String> {
    func names(after sign: UInt8) -> Set<String> {
      var names: Set<String> = []
      for part in yaml.utf8.split(separator: sign, omittingEmptySubsequences: false).dropFirst() {
        let name = part.prefix { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
          default: false
          }
        }
        if !name.isEmpty { names.insert(String(decoding: name, as: UTF8.self)) }
      }
      return names
    }
    return names(after: UInt8(ascii: "&")).intersection(names(after: UInt8(ascii: "*")))
  }
}

extension ConfigurationError {
  fileprivate static func tooLarge(_ source: String) -> Self {
    Self(source: source, problem: .malformed("is larger than 1 MB, which no configuration is"))
  }
}

extension YamlError {
  /// The problem and its line, without the text around it.
  fileprivate var sentence: String {
    switch self {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line), column \(mark.column): not YAML: \(problem)"
    case .duplicatedKeysInMapping(let duplicates, let context):
      "line \(context.mark.line): says \(duplicates.joined(separator: ", ").prefix(80)) twice. Keep one"
    default: "is not YAML"
    }
  }
}
