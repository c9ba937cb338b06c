import CHEIF

/// libheif, which reads HEIC and AVIF pictures where it is installed.
struct HEIFLibrary: @unchecked Sendable {
  /// The functions of the library, which stays loaded and is never written to.
  private let functions: OpaquePointer

  /// The names that the library has, without folders and with those that are not searched.
  static var names: [String] {
    #if canImport(Darwin)
      ["libheif.1.dylib", "/opt/homebrew/lib/libheif.1.dylib", "/usr/local/lib/libheif.1.dylib"]
    #else
      ["libheif.so.1"]
    #endif
  }

  /// The installed library, which is loaded when it is first asked for; nil if there is none.
  @TaskLocal static var installed = HEIFLibrary(names: names)

  /// Loads the first of the libraries that is installed.
  init?(names: [String]) {
    let texts = names.map { Array($0.utf8CString) }
    var loaded: OpaquePointer?
    for text in texts where loaded == nil {
      loaded = text.withUnsafeBufferPointer { text in
        withUnsafePointer(to: text.baseAddress) { cheif_load($0, 1) }
      }
    }
    guard let loaded else { return nil }
    functions = loaded
  }

  var version: String { String(cString: cheif_version(functions)) }

  func hasDecoder(for codec: Codec) -> Bool { cheif_has_decoder(functions, codec.code) }

  /// What pictures are compressed by.
  enum Codec: String, CaseIterable {
    case hevc = "HEVC"
    case av1 = "AV1"

    fileprivate var code: CHEIFCodec { self == .hevc ? CHEIF_HEVC : CHEIF_AV1 }

    /// Debian's package of a decoder, where it is no part of libheif itself.
    var package: String { self == .hevc ? "libheif-plugin-libde265" : "libheif-plugin-dav1d" }
  }

  /// Why a picture is not read.
  struct Failure: Error {
    var status: CHEIFStatus
    var reason: String
  }

  /// Reads a file's boxes, and lends them with its header.
  func withPicture<Result>(
    in bytes: [UInt8], _ body: (OpaquePointer, CHEIFHeader) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outcome: Swift.Result<Result, Failure> = bytes.withUnsafeBufferPointer { bytes in
      var picture: OpaquePointer?
      if let failure = Self.failure({ cheif_open(functions, bytes.baseAddress, bytes.count, &picture, $0) }) {
        return .failure(failure)
      }
      guard let picture else { return .failure(Failure(status: CHEIF_DAMAGED, reason: "it has no picture")) }
      defer { cheif_close(picture) }
      do throws(Failure) {
        return .success(try body(picture, cheif_header(picture)))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  /// Why a call failed; nil where it succeeded.
  static func failure(_ call: (UnsafeMutablePointer<CChar>) -> CHEIFStatus) -> Failure? {
    var status = CHEIF_DONE
    let reason = libraryFailure(messageCount: Int(CHEIF_MESSAGE)) { message in
      status = call(message)
      return status == CHEIF_DONE ? 0 : 1
    }
    // Messages are of several lines.
    return reason.map { Failure(status: status, reason: $0.split(separator: "\n").joined(separator: " ")) }
  }
}
