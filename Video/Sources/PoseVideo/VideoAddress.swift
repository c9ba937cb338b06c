import Foundation

/// What the name of a video leads to.
enum VideoAddress: Hashable {
  case file(String)
  case standardInput
  /// A camera of this machine, by the name that its driver knows.
  case camera(String)
  /// A URL, such as `rtsp://camera.local/stream` or `https://example.com/walk.mp4`.
  case url(String)
  /// The files of a sequence of pictures, in their order.
  case pictures([String])

  /// - Parameter source: a path; `-`; `camera:0` or `/dev/video0`; a URL; a folder of pictures, or their pattern such as
  ///   `frames/%06d.jpg`.
  /// - Throws: ``VideoError`` where a folder or a pattern has no pictures.
  init(_ source: String) throws(VideoError) {
    if source == "-" {
      self = .standardInput
    } else if source.hasPrefix("camera:") {
      let number = source.dropFirst("camera:".count)
      guard let number = Int(number), (0...255).contains(number) else { throw .noSuchCamera(source: source) }
      self = .camera(Self.camera(number))
    } else if source.hasPrefix("/dev/video") {
      self = .camera(source)
    } else if source.contains("://"), !source.hasPrefix("file:") {
      self = .url(source)
    } else if source.hasPrefix("file:") {
      self = try Self.local(String(source.dropFirst("file:".count).trimmingPrefix("//")))
    } else {
      self = try Self.local(source)
    }
  }

  private static func local(_ source: String) throws(VideoError) -> VideoAddress {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) {
      return isFolder.boolValue ? .pictures(try pictures(in: source)) : .file(source)
    }
    guard let match = source.wholeMatch(of: /(.*)%(?:0([1-9]))?d(.*)/) else {
      // FFmpeg would look for what a pattern of its own names.
      throw .cannotOpen(source: source, reason: String(cString: strerror(ENOENT)))
    }
    let (prefix, width, suffix) = (String(match.1), match.2.flatMap { Int($0) }, String(match.3))
    return .pictures(try pictures(named: source, prefix, width, suffix))
  }

  /// The source in words that anybody may read: without a user's password, and without what follows a question mark.
  static func shown(_ source: String) -> String {
    source.contains("://") && !source.hasPrefix("file:")
      ? source.replacing(/:\/\/[^\/@]*@/, with: "://").replacing(/\?.*/, with: "") : source
  }

  /// The pictures of a folder by their names, numbers in them by their value.
  private static func pictures(in folder: String) throws(VideoError) -> [String] {
    let ends: Set = ["jpg", "jpeg", "png", "webp", "heic", "heif", "avif"]
    let names = try names(in: folder).filter { !$0.hasPrefix(".") && ends.contains(pathExtension($0)) }
    guard !names.isEmpty else { throw .noPictureFiles(source: folder) }
    return names.sorted { $0.compare($1, options: .numeric) == .orderedAscending }.map { folder + "/" + $0 }
  }

  /// The pictures whose names have a number between two texts, by the number.
  private static func pictures(
    named pattern: String, _ prefix: String, _ width: Int?, _ suffix: String
  ) throws(VideoError) -> [String] {
    let slash = prefix.lastIndex(of: "/")
    let folder = slash.map { String(prefix[...$0]) } ?? ""
    let start = String(slash.map { prefix[prefix.index(after: $0)...] } ?? prefix[...])
    let numbers = try names(in: folder.isEmpty ? "." : folder).compactMap { name -> Int? in
      guard name.hasPrefix(start), name.hasSuffix(suffix), name.count > start.count + suffix.count else { return nil }
      let digits = name.dropFirst(start.count).dropLast(suffix.count)
      // Zeros fill a number up to its width, and begin none that is longer.
      guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), digits.count >= width ?? 1,
        digits.count == width ?? 1 || digits.first != "0"
      else { return nil }
      return Int(digits)
    }
    guard !numbers.isEmpty else { throw .noPictureFiles(source: pattern) }
    return numbers.sorted().map { number in
      let digits = String(number)
      return prefix + String(repeating: "0", count: max(0, (width ?? 1) - digits.count)) + digits + suffix
    }
  }

  private static func names(in folder: String) throws(VideoError) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
      throw .cannotOpen(source: folder, reason: error.localizedDescription)
    }
  }

  private static func pathExtension(_ name: String) -> String {
    name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
  }

  #if os(Linux)
    static let cameraFormat = "v4l2"
    private static func camera(_ number: Int) -> String { "/dev/video\(number)" }
  #else
    static let cameraFormat = "avfoundation"
    private static func camera(_ number: Int) -> String { "\(number):none" }
  #endif
}
