import PoseConfiguration
import PoseFormats

/// Takes one response into a partial file, from the place where the file ends.
final class Reception: ResponseReceiver {
  /// The code of HTTP; 0 until there is one.
  private(set) var status = 0
  /// Why the response cannot be used, whatever else the server sends.
  private(set) var failure: (any Error)?
  /// Whether the response belongs to another part of the file than was asked for.
  private(set) var isMisplaced = false

  private let file: PartialFile
  private let start: Int
  private let address: WeightsAddress
  private let expected: Int?
  private let room: Int?
  private let path: String
  private let report: (ModelStore.Event) -> Void
  private var headers: [String: String] = [:]
  private var hasBegun = false
  private var ignored = 0
  private var total: Int?

  /// - Parameters:
  ///   - expected: the published size.
  ///   - room: how many bytes are free.
  ///   - path: where the complete file is to be.
  init(
    _ file: PartialFile, from address: WeightsAddress, expected: Int?, room: Int?, path: String,
    report: @escaping (ModelStore.Event) -> Void
  ) {
    (self.file, self.address, self.expected, self.room) = (file, address, expected, room)
    (self.path, self.report, start) = (path, report, file.count)
  }

  /// Whether the whole file has come, as far as the server said how long it is.
  var isComplete: Bool { total.map { $0 == file.count } ?? true }

  func take(header line: String) {
    if line.hasPrefix("HTTP/") {
      // There may be several: that of a proxy, and those of 1xx.
      status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      headers = [:]
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      headers[line[..<colon].lowercased()] = String(value.prefix { !$0.isNewline })
    }
  }

  func take(body bytes: UnsafeRawBufferPointer) -> Bool {
    begin()
    if (300..<400).contains(status) {
      // The page of a redirect is passed over, as libcurl gives the address at its end.
      ignored += bytes.count
      return ignored < 1 << 20
    }
    guard failure == nil, !isMisplaced, status == 200 || status == 206 else { return false }
    do {
      guard file.count + bytes.count <= total ?? expected ?? FileBytes.defaultLimit else {
        throw refusal(
          expected.map { .wrongSize(expected: $0, found: file.count + bytes.count) }
            ?? .tooLarge(limit: total ?? FileBytes.defaultLimit))
      }
      try file.append(bytes)
    } catch {
      failure = error
      return false
    }
    report(.progress(done: file.count, total: total ?? expected))
    return true
  }

  /// Looks at the headers once, before the first byte of the body; also called for a response without one.
  func begin() {
    guard !hasBegun, status == 200 || status == 206 else { return }
    hasBegun = true
    do {
      if headers["content-type"]?.lowercased().hasPrefix("text/html") == true { throw refusal(.page) }
      if status == 206 {
        let range = headers["content-range"]?.split(whereSeparator: { " -/".contains($0) })
        isMisplaced = range.map { $0.count < 2 || Int($0[1]) != start } ?? true
        if isMisplaced { return }
      } else {
        try file.clear()
      }
      total = headers["content-length"].flatMap { Int($0) }.map { file.count + max(0, min($0, Int.max / 2)) }
      if let total, let expected, total != expected { throw refusal(.wrongSize(expected: expected, found: total)) }
      if let total, total > FileBytes.defaultLimit { throw refusal(.tooLarge(limit: FileBytes.defaultLimit)) }
      if let total = total ?? expected, let room, total - file.count > room {
        throw StoreError.noRoom(path: path, needed: total - file.count, free: room)
      }
    } catch {
      failure = error
    }
  }

  private func refusal(_ reason: TransferFailure.Reason) -> TransferFailure {
    TransferFailure(address: address.text, reason: reason)
  }
}
