import Foundation
import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

@Suite("Files")
struct FileTests {
  let folder: String

  init() throws { folder = try ScratchFolder("files").path }

  @Test("bytes that are written are read, and nothing else is left in the folder")
  func roundTrip() throws {
    let path = folder + "/a"
    try FileBytes.write([1, 2, 3], to: path)
    try FileBytes.write([4, 5], to: path)
    #expect(try FileBytes.read(path) == [4, 5])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
  }

  @Test("replacing a file keeps the link to it and its permissions")
  func link() throws {
    try FileBytes.write([1], to: folder + "/a")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/a")
    try FileManager.default.createSymbolicLink(atPath: folder + "/b", withDestinationPath: "a")
    try FileBytes.write([2], to: folder + "/b")
    #expect(try FileBytes.read(folder + "/a") == [2])
    let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/a")
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("a file that cannot take its place, or that nobody completes, is not left behind")
  func abandoned() throws {
    let path = folder + "/a"
    func begin() throws { try ReplacingFile(path).append([1]) }
    try begin()
    func complete() throws {
      let file = try ReplacingFile(path)
      try file.append([1])
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      try file.commit()
    }
    #expect(throws: FileError.isFolder(path)) { try complete() }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
  }

  @Test("what cannot be read says why")
  func unreadable() throws {
    let path = folder + "/a"
    #expect(throws: FileError.missing(path)) { try FileBytes.read(path) }
    #expect(throws: FileError.isFolder(folder)) { try FileBytes.read(folder) }
    #expect(throws: FileError.isFolder(folder)) { try FileBytes.write([1], to: folder) }
    try FileBytes.write([], to: path)
    #expect(throws: FileError.empty(path)) { try FileBytes.read(path) }
    try FileBytes.write([1, 2], to: path)
    #expect(throws: FileError.tooLarge(path, limit: 1)) { try FileBytes.read(path, limit: 1) }
    #expect(throws: FileError.noFolder(folder + "/b/c")) { try FileBytes.write([1], to: folder + "/b/c") }
  }

  @Test("a file grows at its end, also when it is opened again")
  func append() throws {
    let path = folder + "/a"
    try AppendedFile(path).append([1, 2])
    let file = try AppendedFile(path)
    try file.append([])
    try file.append([3])
    try file.synchronize()
    #expect(try FileBytes.read(path) == [1, 2, 3])
    #expect(throws: FileError.isFolder(folder)) { try AppendedFile(folder).append([1]) }
    #expect(throws: FileError.noFolder(path + "/b")) { try AppendedFile(path + "/b").append([1]) }
  }

  @Test("a pipe is read to its end, or refused at the limit where it has none")
  func pipe() throws {
    // As a shell gives one for `<(command)`.
    func read(limit: Int) throws -> [UInt8] {
      let pipe = Pipe()
      let writer = Thread {
        usleep(20_000)
        try? pipe.fileHandleForWriting.write(contentsOf: Data([1, 2, 3]))
        try? pipe.fileHandleForWriting.close()
      }
      writer.start()
      return try FileBytes.read("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)", limit: limit)
    }
    #expect(try read(limit: 3) == [1, 2, 3])
    let error = #expect(throws: FileError.self) { try read(limit: 2) }
    guard case .pipeTooLarge(_, limit: 2) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
  }

  @Test("a named pipe is refused at once, with a writer or without")
  func special() throws {
    let path = folder + "/pipe"
    try #require(mkfifo(path, 0o600) == 0)
    #expect(throws: FileError.isNamedPipe(path)) { try FileBytes.read(path) }
    #expect(throws: FileError.isNamedPipe(path)) { try FileBytes.head(of: path, count: 8) }
    let both = open(path, O_RDWR)
    defer { _ = close(both) }
    #expect(throws: FileError.isNamedPipe(path)) { try FileBytes.read(path) }
    #expect(throws: FormatError.self) { try Checkpoint(contentsOf: path) }
  }

  #if os(Linux)
    @Test("a full disk is named")
    func fullDisk() {
      #expect(throws: FileError.noSpace("/dev/full")) { try AppendedFile("/dev/full").append([1]) }
      #expect(throws: FileError.noSpace("/dev/full")) { try FileBytes.write([1], to: "/dev/full") }
      #expect(throws: FileError.noSpace("/dev/full")) { try ReplacingFile("/dev/full").append([1]) }
    }

    @Test("a pipe is written in place, not replaced by a file")
    func pipeOutput() throws {
      let path = folder + "/output"
      try #require(mkfifo(path, 0o600) == 0)
      let reader = open(path, O_RDWR)
      defer { _ = close(reader) }
      let file = try ReplacingFile(path)
      try file.append([1, 2])
      try file.commit()
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["output"])
    }

    @Test("a device is refused at once", arguments: ["/dev/zero", "/dev/urandom", "/dev/full", "/dev/null"])
    func device(_ path: String) throws {
      #expect(throws: FileError.isDevice(path)) { try FileBytes.read(path) }
      let error = #expect(throws: FormatError.self) { try Checkpoint(contentsOf: path) }
      #expect("\(try #require(error))" == "'\(path)' is a device, which may never end: name a file")
    }
  #endif

  @Test("a checkpoint's format is found by its bytes and chosen by its name", arguments: ["safetensors", "pth", "pt"])
  func checkpoint(format: String) throws {
    let checkpoint = try TorchTests.everyType(metadata: ["a": "b"])
    let path = "\(folder)/model.\(format)"
    try checkpoint.write(to: path)
    try FileManager.default.moveItem(atPath: path, toPath: folder + "/model.bin")
    #expect(try Checkpoint(contentsOf: folder + "/model.bin") == checkpoint)
  }

  @Test(
    "what people mistake for weights is called by its name",
    arguments: [
      ("<!DOCTYPE html><html>", "web page"), ("\n <HTML>", "web page"),
      ("version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"), ("\u{1F}\u{8B}", "packed"),
      ("BZh91AY", "packed"), ("7z\u{BC}\u{AF}\u{27}", "packed"), ("Rar!", "packed"), ("hello world", "text"),
      ("\u{89}HDF\r\n", "HDF5"), ("\u{89}PNG\r\n", "picture"), ("\u{FF}\u{D8}\u{FF}", "picture"),
      ("\u{8}\u{8}\u{12}\u{7}pytorch", "ONNX"), ("\n\u{3}1.1\u{12}", "another framework"),
      ("\u{1C}\0\0\0TFL3", "another framework"), (String(repeating: "\0", count: 257) + "ustar", "packed"),
    ])
  func mistaken(_ text: String, _ word: String) throws {
    // A byte for each scalar.
    let bytes = text.unicodeScalars.map { UInt8($0.value) }
    let path = folder + "/weights.pth"
    try FileBytes.write(bytes, to: path)
    let error = #expect(throws: FormatError.self) { try Checkpoint(contentsOf: path) }
    #expect("\(try #require(error))".contains(word), "\(String(describing: error))")
  }

  @Test("an error names the file and what to do")
  func messages() throws {
    let path = folder + "/model.bin"
    try FileBytes.write([1, 2, 3, 4], to: path)
    let error = #expect(throws: FormatError.self) { try Checkpoint(contentsOf: path) }
    #expect(
      "\(try #require(error))".hasPrefix("'\(path)': this is no file of weights that is known")
    )
    #expect(throws: FormatError.self) { try Checkpoint().write(to: path) }
    #expect(throws: FormatError.self) { try Checkpoint(contentsOf: folder + "/none") }
  }
}
