import Foundation
import PoseFormats
import PoseMedia
import PoseMetrics
import TestSupport
import Testing

@testable import PoseExperiments

@Suite("Training's logs")
struct TrainingLogTests {
  let folder: String
  var path: String { folder + "/log" }

  init() throws { folder = try ScratchFolder("logs").path }

  static func record(_ iteration: Int, loss: Double = 0.5) -> TrainingRecord {
    TrainingRecord(
      epoch: (iteration + 9) / 10, iteration: iteration, iterationsPerEpoch: 10, iterations: 40,
      values: [
        MetricValue("accuracy", 0.25), MetricValue("gradient norm", 1e-20), MetricValue("loss", loss),
        MetricValue("rate", 1e-3),
      ], samplesPerSecond: 812.5, secondsWaited: 0.125, residentMemory: 1 << 31, deviceMemory: 3 << 30, seconds: 90,
      secondsLeft: 8000)
  }

  static let validation = TrainingRecord(
    mode: .validation, epoch: 1, iteration: 10, iterationsPerEpoch: 10, iterations: 40,
    values: [MetricValue("AP", 0.625), MetricValue("AR \"l\"", 0.7)])

  @Test("a value is found by its name")
  func values() {
    #expect(Self.record(1)["rate"] == 1e-3)
    #expect(Self.record(1)["AP"] == nil)
  }

  // MARK: JSON

  @Test("records come back from JSON lines")
  func jsonLines() throws {
    let log = try JSONLinesLog(path)
    var strange = Self.record(12)
    strange.values = [MetricValue("a/\n\"\\ü\u{1}", 1)]
    let records = [Self.record(1), Self.validation, Self.record(11, loss: 1e300), strange]
    for record in records { try log.record(record) }
    try log.finish()
    #expect(try JSONLinesLog.records(of: path) == records)
  }

  @Test("a loss that is not finite is null, and stays none")
  func notFinite() throws {
    let log = try JSONLinesLog(path)
    try log.record(Self.record(1, loss: .infinity))
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("\"loss\":null"))
    #expect(try JSONLinesLog.records(of: path).first?["loss"]?.isNaN == true)
  }

  @Test("a log that is resumed keeps its lines as they were, up to there")
  func resumed() throws {
    let whole = try JSONLinesLog(path)
    for iteration in 1...5 { try whole.record(Self.record(iteration)) }
    let before = try FileBytes.read(path)
    let resumed = try JSONLinesLog(path, resumedAt: 3)
    #expect(resumed.earlier.map(\.iteration) == [1, 2, 3])
    for iteration in 4...5 { try resumed.record(Self.record(iteration)) }
    #expect(try FileBytes.read(path) == before)
    #expect(try JSONLinesLog(path).earlier.isEmpty)
    #expect(try JSONLinesLog.records(of: path).isEmpty)
  }

  @Test("a validation that a crash took from the checkpoint is in the log once")
  func validatedAgain() throws {
    let log = try JSONLinesLog(path)
    for record in [Self.record(10), Self.validation] { try log.record(record) }
    #expect(try JSONLinesLog(path, resumedAt: 10).earlier == [Self.record(10), Self.validation])
    #expect(try JSONLinesLog(path, resumedAt: 10, validatesAgain: true).earlier == [Self.record(10)])
  }

  @Test("a line that a crash cut off is dropped, wherever it was cut")
  func cutOff() throws {
    try JSONLinesLog(path).record(Self.record(1))
    let line = try FileBytes.read(path)
    for count in stride(from: 0, to: line.count, by: 17) {
      try FileBytes.write(line + line.prefix(count), to: path)
      #expect(try JSONLinesLog(path, resumedAt: 9).earlier == [Self.record(1)])
      #expect(try FileBytes.read(path) == line)
    }
  }

  @Test(
    "a line that is no record is named",
    arguments: [
      "", "no JSON", "[]", "{}", "{\"mode\":\"test\"}", .repeating("[", 100_000),
      "{\"mode\":\"train\",\"epoch\":1e99,\"iteration\":1,\"iterations_per_epoch\":1,\"iterations\":1}",
    ] as [TestText])
  func malformed(_ line: TestText) throws {
    try JSONLinesLog(path).record(Self.record(1))
    try FileBytes.write(FileBytes.read(path) + Array((line.text + "\n").utf8), to: path)
    let error = #expect(throws: TrainingLogError.self) { try JSONLinesLog(self.path, resumedAt: 1) }
    #expect(error.map { "\($0)".contains("line 2") } ?? false)
  }

  @Test("files that cannot be written or are too large are refused by name")
  func refused() throws {
    #expect(throws: TrainingLogError.self) { try JSONLinesLog(self.folder) }
    #expect(throws: TrainingLogError.self) { try TensorBoardLog(self.folder + "/none") }
    #expect(throws: TrainingLogError.self) { try CurveLog(self.folder + "/none/a.png").finish() }
    #expect(throws: TrainingLogError.self) { try CurveLog(self.folder + "/a.txt").finish() }
    try JSONLinesLog(path).record(Self.record(1))
    #expect(throws: TrainingLogError.self) { try JSONLinesLog.records(of: self.path, limit: 100) }
  }

  // MARK: TensorBoard

  @Test("checksums are those of RFC 3720")
  func checksums() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(CRC32C.checksum(Array(repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum(0..<32 as Range<UInt8>) == 0x46dd_794e)
  }

  @Test("an event file holds the configuration and each value, its checksums right")
  func events() throws {
    let log = try TensorBoardLog(folder, configuration: "train:\n  epochs: 4", resumedAt: 7)
    try log.record(Self.record(8))
    try log.record(Self.validation)
    try log.finish()
    let events = try Self.events(in: FileBytes.read(log.path))
    #expect(events.count == 5)
    #expect(events[0].fileVersion == "brain.Event:2")
    #expect(events[1].sessionLog.status == .start && events[1].step == 8)
    #expect(events[2].summary.value[0].tensor.strings == [Data("    train:\n      epochs: 4".utf8)])
    #expect(events[2].summary.value[0].metadata.plugin.name == "text")
    let train = Dictionary(uniqueKeysWithValues: events[3].summary.value.map { ($0.tag, $0.simpleValue) })
    #expect(train["train/loss"] == 0.5 && train["train/samples a second"] == 812.5)
    #expect(train["train/device memory"] == Float(3 << 30))
    #expect(events[3].step == 8)
    #expect(events[4].summary.value.map(\.tag) == ["validation/AP", "validation/AR \"l\""])
    #expect(events[4].step == 10)
    #expect(abs(events[4].wallTime - Date().timeIntervalSince1970) < 3600)
  }

  /// The events of a file, each of whose checksums is expected to be right.
  private static func events(in bytes: [UInt8]) throws -> [TensorBoardEvent] {
    var (events, rest) = ([TensorBoardEvent](), bytes[...])
    func number(_ count: Int) throws -> UInt64 {
      try #require(rest.count >= count)
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    while !rest.isEmpty {
      let countBytes = Array(rest.prefix(8))
      let count = Int(try number(8))
      #expect(try number(4) == UInt64(CRC32C.masked(countBytes)))
      let event = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      #expect(try number(4) == UInt64(CRC32C.masked(event)))
      events.append(try TensorBoardEvent(serializedBytes: event))
    }
    return events
  }

  // MARK: Curves

  @Test("curves go by epochs: loss and accuracy of both, the validation's score, the rate")
  func curves() {
    var curves = Curves()
    for iteration in [5, 10] { curves.append(Self.record(iteration)) }
    curves.append(Self.validation)
    let charts = curves.charts
    #expect(charts.map(\.title) == ["loss", "accuracy", "AP", "learning rate"])
    #expect(charts[0].lines.map { $0.points.map(\.x) } == [[0.5, 1]])
    #expect(charts[2].lines.map { $0.points.map(\.y) } == [[0.625]])
    var other = Self.validation
    other.values.reverse()
    curves.append(other)
    #expect(curves.charts[2].lines.map { $0.points.map(\.y) } == [[0.7, 0.7]])
  }

  @Test("the picture is replaced now and then, with each validation and at the end")
  func pictures() throws {
    let path = folder + "/curves.png"
    let log = CurveLog(path, earlier: [Self.record(1)], every: .seconds(1e6))
    try log.record(Self.record(2))
    let first = try FileBytes.read(path)
    try log.record(Self.record(3, loss: 0.1))
    #expect(try FileBytes.read(path) == first)
    try log.record(Self.validation)
    let second = try FileBytes.read(path)
    #expect(second != first)
    try log.record(Self.record(11, loss: 0.01))
    try log.finish()
    #expect(try FileBytes.read(path) != second)
    #expect(try EncodedImage(contentsOf: path).decoded().width == 1120)
  }

  // MARK: Terminal

  @Test("in a pipe a record is a line")
  func pipe() throws {
    let (log, text) = Self.terminal(columns: nil)
    log.record(Self.record(12))
    log.record(Self.validation)
    log.finish()
    let lines = text().split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0] == """
        epoch 2/4  2/10  accuracy 0.25  gradient norm 1e-20  loss 0.5  rate 0.001  812.5 samples/s  0.125 s waited  \
        2.1 + 3.2 GB  2 h 13 min left
        """)
    #expect(lines[1].hasPrefix("epoch 1/4  validation  AP 0.625"))
  }

  @Test("on a terminal a line replaces the one before and never wraps; a validation's stays")
  func terminal() throws {
    let (log, text) = Self.terminal(columns: 30)
    log.record(Self.record(1))
    log.record(Self.record(2))
    #expect(!text().contains("\n"))
    log.record(Self.validation)
    log.record(Self.record(11))
    log.finish()
    #expect(text().count { $0 == "\n" } == 2)
    let lines = text().split(whereSeparator: { $0 == "\r" || $0 == "\n" })
    #expect(lines.count == 4 && lines.allSatisfy { $0.hasSuffix("\u{1B}[K") && $0.count <= 29 + 3 })
  }

  @Test(
    "time left is said in two units",
    arguments: [
      (0, "0 s"), (59.2, "1 min 0 s"), (3661, "1 h 1 min"), (200_000, "2 d 7 h"), (.infinity, "?"), (.nan, "?"),
      (1e300, "?"), (-5, "0 s"),
    ])
  func timeLeft(_ seconds: Double, _ text: String) {
    let (log, output) = Self.terminal(columns: nil)
    var record = Self.record(1)
    record.secondsLeft = seconds
    log.record(record)
    #expect(output().hasSuffix("  \(text) left\n"))
  }

  private static func terminal(columns: Int?) -> (TerminalLog, () -> String) {
    var text = ""
    return (TerminalLog(columns: { columns }, write: { text += $0 }), { text })
  }
}
