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

/// A Core ML model as an `.mlpackage` folder: `Manifest.json` and, below `Data/com.apple.CoreML`, `model.mlmodel` and
/// `weights/weight.bin`.
public struct CoreMLPackage: Sendable {
  /// The bytes of `model.mlmodel`, a protobuf message.
  public let model: [UInt8]
  /// The bytes of `weights/weight.bin`.
  public let weights: [UInt8]

  public init(model: [UInt8], weights: [UInt8]) { (self.model, self.weights) = (model, weights) }

  private static let data = "Data/com.apple.CoreML"
  private static let manifestName = "Manifest.json"

  /// The size of all files in bytes.
  public var byteCount: Int { model.count + weights.count + Self.manifest.utf8.count }

  /// Writes the package, in place of an earlier package at that path. The files are written to a folder beside it, which is
  /// renamed when it is complete, so that a package is never there in part.
  ///
  /// - Throws: ``CoreMLError/foreign(_:)`` if there is a file, or a folder with anything that is not a Core ML package's;
  ///   ``FileError`` if something cannot be written, and nothing is left behind then; ``CoreMLError/oldStays(_:old:)`` if
  ///   the package is there but the earlier one cannot be removed.
  public func write(to path: String) throws {
    let path = FileBytes.place(of: path)
    try Self.checkPlace(path)
    let temporary = "\(path).pose-\(getpid())-\(UInt64.random(in: 0 ... .max)).tmp"
    do {
      try Self.makeFolder(temporary, path)
      for folder in ["Data", Self.data, "\(Self.data)/weights"] { try Self.makeFolder("\(temporary)/\(folder)", path) }
      try FileBytes.write(Array(Self.manifest.utf8), to: "\(temporary)/\(Self.manifestName)")
      try FileBytes.write(model, to: "\(temporary)/\(Self.data)/model.mlmodel")
      try FileBytes.write(weights, to: "\(temporary)/\(Self.data)/weights/weight.bin")
      try Self.exchange(temporary, path)
    } catch {
      Self.remove(temporary)
      throw error
    }
  }

  /// Refuses to replace anything but a package.
  private static func checkPlace(_ path: String) throws(CoreMLError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR, isPackage(path) else { throw .foreign(path) }
  }

  /// Whether a folder holds a manifest of this format, and nothing but what Core ML's tools put into a package.
  private static func isPackage(_ path: String) -> Bool {
    func names(_ folder: String) -> Set<String>? {
      (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")).map {
        Set($0).subtracting([".DS_Store"])
      }
    }
    let described: Set = ["model.mlmodel", "weights", "FeatureDescriptions.json", "Metadata.json"]
    guard names("") == [manifestName, "Data"], names("Data") == ["com.apple.CoreML"],
      let own = names(data), own.isSubset(of: described),
      names("\(data)/weights")?.allSatisfy({ $0.hasSuffix(".bin") }) ?? !own.contains("weights"),
      let manifest = try? FileBytes.read("\(path)/\(manifestName)", limit: 1 << 20)
    else { return false }
    let text = String(decoding: manifest, as: UTF8.self)
    return text.contains("itemInfoEntries") && text.contains("rootModelIdentifier")
  }

  private static func makeFolder(_ folder: String, _ path: String) throws(FileError) {
    guard mkdir(folder, 0o777) == 0 else { throw FileError(path: path, writing: errno) }
  }

  /// Puts the complete folder into its place, and an old package away.
  private static func exchange(_ new: String, _ path: String) throws {
    let old = "\(new).old"
    let replaces = rename(path, old) == 0
    guard rename(new, path) == 0 else {
      let code = errno
      if replaces { _ = rename(old, path) }
      throw FileError(path: path, writing: code)
    }
    if replaces, !remove(old) { throw CoreMLError.oldStays(path, old: old) }
  }

  /// - Returns: whether nothing is left.
  @discardableResult
  private static func remove(_ folder: String) -> Bool {
    (try? FileManager.default.removeItem(atPath: folder)) != nil
  }

  /// The identifiers of the two items only have to differ from each other.
  private static let manifest = """
    {
      "fileFormatVersion": "1.0.0",
      "itemInfoEntries": {
        "8A0C6C63-5E1F-4D0B-9B52-7B1C7A5C0001": {
          "author": "com.apple.CoreML",
          "description": "CoreML Model Specification",
          "name": "model.mlmodel",
          "path": "com.apple.CoreML/model.mlmodel"
        },
        "8A0C6C63-5E1F-4D0B-9B52-7B1C7A5C0002": {
          "author": "com.apple.CoreML",
          "description": "CoreML Model Weights",
          "name": "weights",
          "path": "com.apple.CoreML/weights"
        }
      },
      "rootModelIdentifier": "8A0C6C63-5E1F-4D0B-9B52-7B1C7A5C0001"
    }

    """
}
