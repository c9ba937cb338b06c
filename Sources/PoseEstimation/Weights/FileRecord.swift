import PoseConfiguration
import PoseFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What was found when a file was verified, beside it in the form of `sha256sum`, so that it need not be read again.
extension ModelStore {
  /// The SHA-256 of a file that is here: as recorded since the file was last written, or else of its bytes.
  ///
  /// - Returns: nil if there is no file, or one of another size than the published one.
  func verifiedDigest(of path: String, _ weights: PublishedWeights) throws -> (digest: String, bytes: Int)? {
    guard let file = Self.state(of: path), file.isFile, weights.bytes.map({ $0 == file.size }) ?? true else {
      return nil
    }
    if let record = Self.state(of: Self.recordPath(path)), record.isFile, record.time >= file.time,
      let digest = Self.recordedDigest(of: path)
    {
      return (digest, file.size)
    }
    do {
      let digest = try SHA256.digest(ofFile: path)
      Self.record(digest, of: path)
      return (digest, file.size)
    } catch let error as FileError {
      throw StoreError.file(error)
    }
  }

  /// Keeps the digest; a folder that cannot be written keeps nothing.
  static func record(_ digest: String, of path: String) {
    let name = path.split(separator: "/").last ?? ""
    try? FileBytes.write(Array("\(digest)  \(name)\n".utf8), to: recordPath(path))
  }

  /// Has the file's bytes read again when the file is asked for next.
  package func forgetDigest(of weights: PublishedWeights, for configuration: ModelConfiguration) {
    Self.removeRecord(of: path(of: weights, for: configuration))
  }

  static func removeRecord(of path: String) { _ = unlink(recordPath(path)) }

  private static func recordPath(_ path: String) -> String { path + ".sha256" }

  private static func recordedDigest(of path: String) -> String? {
    guard let bytes = try? FileBytes.read(recordPath(path), limit: 1024), bytes.count > 64 else { return nil }
    let digits = bytes.prefix(64)
    let isDigest = digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return isDigest ? String(decoding: digits, as: UTF8.self) : nil
  }

  private static func state(of path: String) -> (isFile: Bool, size: Int, time: Double)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return (
      status.st_mode & S_IFMT == S_IFREG, Int(status.st_size), Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    )
  }

  static func freeBytes(of folder: String) -> Int? {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return nil }
    let (bytes, overflows) = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
    return overflows ? nil : bytes
  }
}
