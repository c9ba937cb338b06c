import PoseCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads and writes whole files as bytes, for every format.
public enum FileBytes {
  /// The largest file that `read` accepts by default: 8 GiB.
  public static let defaultLimit = 8 << 30
  /// The most bytes that `read` accepts from a pipe, whose size is not known in advance: 256 MiB.
  package static let pipeLimit = 256 << 20

  /// Reads a whole file, or a pipe until its end. A pipe can be standard input or a shell's `<(command)`, but not a named
  /// pipe.
  ///
  /// - Parameter limit: the most bytes that are read before the file is refused. From a pipe, at most ``pipeLimit``
  ///   bytes are read.
  /// - Throws: ``FileError`` if the path is missing, a folder, a device, a named pipe, not readable, empty or larger than
  ///   the limit.
  public static func read(_ path: String, limit: Int = defaultLimit) throws(FileError) -> [UInt8] {
    let file = try FileStream(path)
    guard file.kind != .device else { throw .isDevice(path) }
    guard file.expectedCount <= limit else { throw .tooLarge(path, limit: limit) }
    return try rest(of: file, path, limit: file.kind == .pipe ? min(limit, pipeLimit) : limit)
  }

  /// What errors call standard input, where they name a file.
  package static let standardInput = "standard input"

  /// Reads standard input until its end, whatever it is.
  ///
  /// - Parameter limit: the most bytes that are read before it is refused.
  /// - Throws: ``FileError`` if it is closed, a folder, a terminal, not readable, empty or larger than the limit.
  package static func readStandardInput(limit: Int) throws(FileError) -> [UInt8] {
    let file = try FileStream.standardInput()
    guard file.kind != .file || file.expectedCount <= limit else { throw .tooLarge(standardInput, limit: limit) }
    return try rest(of: file, standardInput, limit: limit)
  }

  /// All that can be read from a file, whose size is not known for sure.
  private static func rest(of file: borrowing FileStream, _ path: String, limit: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8]()
    bytes.reserveCapacity(min(file.expectedCount, limit))
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { chunk.deallocate() }
    while true {
      let count = try file.read(into: chunk)
      guard count > 0 else { break }
      guard bytes.count + count <= limit else {
        throw file.kind == .pipe ? .pipeTooLarge(path, limit: limit) : .tooLarge(path, limit: limit)
      }
      bytes.append(contentsOf: chunk[..<count])
    }
    guard !bytes.isEmpty else { throw .empty(path) }
    return bytes
  }

  /// Reads the first bytes of a file, which indicate its format. Nothing is read from a pipe, because the bytes would be
  /// lost for the next reader.
  ///
  /// - Throws: ``FileError`` if the path is missing, a folder, a device, a named pipe or not readable.
  package static func head(of path: String, count: Int) throws(FileError) -> [UInt8] {
    let file = try FileStream(path)
    guard file.kind != .device else { throw .isDevice(path) }
    guard file.kind == .file else { return [] }
    let head = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 16)
    defer { head.deallocate() }
    return Array(head[..<(try file.read(into: head))])
  }

  /// Replaces or creates a file. After a crash at any moment, the file has either its old bytes or the new ones,
  /// because a temporary file in the same folder is written, synchronized and renamed, and the folder is then
  /// synchronized. A path that is not an ordinary file, such as a pipe or a terminal, is written in place.
  ///
  /// - Throws: ``FileError``; no temporary file is left behind in this case.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try ReplacingFile(path)
    try file.append(bytes)
    try file.commit()
  }

  /// Writes all bytes to an open file.
  ///
  /// - Parameter path: what errors call the file.
  /// - Throws: ``FileError``.
  package static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(FileError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { all in
        let rest = UnsafeRawBufferPointer(rebasing: all[written...])
        return retrying { Glue.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30)) }
      }
      guard count >= 0 else { throw FileError(path: path, writing: errno) }
      written += count
    }
  }

  /// The path of the file that a chain of links ends in; nil if there is none.
  package static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// The path without links, which a file or folder that is yet to be made has too.
  package static func place(of path: String) -> String {
    if let real = resolved(path) { return real }
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let place = resolved(folder) ?? folder
    return (place.hasSuffix("/") ? place : place + "/") + name
  }

  private static func retrying(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }
}

/// The C library's function, which a method of `FileBytes` with the same name hides.
private enum Glue {
  static func write(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, buffer, count)
    #elseif canImport(Musl)
      Musl.write(descriptor, buffer, count)
    #else
      Darwin.write(descriptor, buffer, count)
    #endif
  }
}

/// The reasons why a file cannot be read or written.
public enum FileError: UserError, Hashable {
  case missing(String)
  case isFolder(String)
  case noPermission(String)
  /// A device, which may never end.
  case isDevice(String)
  /// A pipe with a name in the file system, which may never end.
  case isNamedPipe(String)
  case isSocket(String)
  case tooLarge(String, limit: Int)
  case pipeTooLarge(String, limit: Int)
  case empty(String)
  case noSpace(String)
  /// The folder that a file should be written to is missing.
  case noFolder(String)
  /// Anything else, by the system's error number.
  case failed(String, code: Int32)

  package init(path: String, reading code: Int32) {
    self =
      switch code {
      case ENOENT, ENOTDIR: .missing(path)
      case EISDIR: .isFolder(path)
      case EACCES, EPERM: .noPermission(path)
      default: .failed(path, code: code)
      }
  }

  package init(path: String, writing code: Int32) {
    self =
      switch code {
      case ENOENT, ENOTDIR: .noFolder(path)
      case EISDIR: .isFolder(path)
      case EACCES, EPERM, EROFS: .noPermission(path)
      case ENOSPC, EDQUOT: .noSpace(path)
      default: .failed(path, code: code)
      }
  }
}

extension FileError: CustomStringConvertible {
  /// 74, an output error, for the errors that only writing can cause; 65 for all others.
  public var exitCode: Int32 {
    switch self {
    case .noSpace, .noFolder: 74
    default: 65
    }
  }

  public var description: String {
    switch self {
    case .missing(let path): "\(path.fileInWords) does not exist: check the path"
    case .isFolder(let path): "\(path.fileInWords) is a folder: name a file"
    case .noPermission(let path):
      "\(path.fileInWords): permission denied: check who owns the file and its folder"
    case .isDevice(FileBytes.standardInput):
      "\(FileBytes.standardInput) is a terminal: let a program write to it, or a file be read: - < FILE"
    case .isDevice(let path): "\(path.fileInWords) is a device, which may never end: name a file"
    case .isNamedPipe(let path):
      "'\(path)' is a named pipe, which may never end: name a file, or let the shell open it: /dev/stdin < '\(path)'"
    case .isSocket(let path): "\(path.fileInWords) is a socket: name a file"
    case .tooLarge(let path, let limit):
      "\(path.fileInWords) is larger than \(limit) bytes, the most that is read here: is it the right file?"
    case .pipeTooLarge(let path, let limit):
      "\(path.fileInWords) is a pipe that gave more than \(limit) bytes, the most that is read from one: "
        + "save them as a file and name that"
    case .empty(FileBytes.standardInput):
      "\(FileBytes.standardInput) is empty: did the program that should write to it fail?"
    case .empty(let path): "\(path.fileInWords) is empty: was its download or copy cut off?"
    case .noSpace(let path): "no space is left to write \(path.fileInWords): free some, or write elsewhere"
    case .noFolder(let path): "the folder of \(path.fileInWords) does not exist: make it first"
    case .failed(let path, let code): "\(path.fileInWords): \(String(cString: strerror(code)))"
    }
  }
}

extension String {
  /// A path in quotation marks, or standard input's name as it is.
  package var fileInWords: String { self == FileBytes.standardInput ? self : "'\(self)'" }
}
