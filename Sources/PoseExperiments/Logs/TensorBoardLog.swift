import Foundation
import PoseFormats
import SwiftProtobuf

/// A log that TensorBoard shows: an event file, which is a TFRecord file of protocol buffers.
///
/// Values are scalars under `train/` and `validation/`, by the iteration; the configuration is a text.
public final class TensorBoardLog: TrainingLog {
  private let file: AppendedFile
  /// Where the events are.
  public let path: String

  /// Begins an event file. TensorBoard joins all event files of a folder into one run.
  ///
  /// - Parameters:
  ///   - folder: must exist.
  ///   - configuration: what is trained, shown as it is.
  ///   - iteration: where training goes on: TensorBoard drops what earlier files say of later iterations. Nil where it begins.
  /// - Throws: ``TrainingLogError`` where the file cannot be written.
  public init(_ folder: String, configuration: String = "", resumedAt iteration: Int? = nil) throws(TrainingLogError) {
    let now = Date().timeIntervalSince1970
    // TensorBoard reads a folder's files by name, so names begin with when.
    let microseconds = Int((now.truncatingRemainder(dividingBy: 1) * 1e6).rounded(.down))
    path = folder + String(format: "/events.out.tfevents.%010d.%06d.pose", Int(now), microseconds)
    do throws(FileError) { file = try AppendedFile(path) } catch { throw .file(error) }
    try append(.with { $0.fileVersion = "brain.Event:2" }, at: 0)
    if let iteration {
      try append(.with { $0.sessionLog.status = .start }, at: iteration + 1)
    }
    if !configuration.isEmpty {
      try append(.with { $0.summary.value = [.text(configuration, named: "configuration")] }, at: iteration ?? 0)
    }
  }

  public func record(_ record: TrainingRecord) throws(TrainingLogError) {
    var values = record.values.map { ($0.name, $0.value) }
    if record.mode == .train {
      values += [
        ("samples a second", record.samplesPerSecond), ("seconds waited for data", record.secondsWaited),
        ("resident memory", Double(record.residentMemory)),
      ]
      if let memory = record.deviceMemory { values.append(("device memory", Double(memory))) }
    }
    try append(
      .with { $0.summary.value = values.map { .scalar(Float($0.1), named: "\(record.mode.rawValue)/\($0.0)") } },
      at: record.iteration)
  }

  public func flush() throws(TrainingLogError) {
    do throws(FileError) { try file.synchronize() } catch { throw .file(error) }
  }

  public func finish() throws(TrainingLogError) { try flush() }

  private func append(_ event: TensorBoardEvent, at iteration: Int) throws(TrainingLogError) {
    var event = event
    event.wallTime = Date().timeIntervalSince1970
    event.step = Int64(iteration)
    // All of its fields are optional, and it is far below the 2 GiB that a message may have.
    guard let bytes: [UInt8] = try? event.serializedBytes() else { return }
    do throws(FileError) { try file.append(TFRecord.framed(bytes)) } catch { throw .file(error) }
  }
}

extension TensorBoardSummary.Value {
  fileprivate static func scalar(_ value: Float, named name: String) -> Self {
    .with {
      $0.tag = name
      $0.simpleValue = value
    }
  }

  /// A text, which TensorBoard takes for Markdown; as code, so that it stays as it is.
  fileprivate static func text(_ text: String, named name: String) -> Self {
    .with {
      $0.tag = name
      $0.metadata.plugin.name = "text"
      $0.tensor.type = .string
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
      $0.tensor.strings = [Data(lines.joined(separator: "\n").utf8)]
      $0.tensor.shape.extents = [.with { $0.size = 1 }]
    }
  }
}
