import CTransfer
import PoseFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// SHA-256 by the system's library.
struct SHA256: ~Copyable {
  private let digest: OpaquePointer

  /// - Throws: ``StoreError`` if the system has no such library.
  init() throws {
    guard let digest = ctransfer_digest_make() else { throw StoreError.noLibrary("libcrypto", package: "libssl3") }
    self.digest = digest
  }

  deinit { ctransfer_digest_free(digest) }

  borrowing func update(_ bytes: UnsafeRawBufferPointer) {
    _ = ctransfer_digest_update(digest, bytes.baseAddress, bytes.count)
  }

  /// The digest in 64 hexadecimal digits.
  consuming func finished() -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    _ = ctransfer_digest_finish(digest, &bytes)
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The digest of a file.
  ///
  /// - Throws: `FileError` if the file cannot be read, and ``StoreError``.
  static func digest(ofFile path: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, reading: errno) }
    defer { _ = close(descriptor) }
    let digest = try SHA256()
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { chunk.deallocate() }
    while true {
      let count = read(descriptor, chunk.baseAddress, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path: path, reading: errno) }
      guard count > 0 else { return digest.finished() }
      digest.update(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
    }
  }
}
