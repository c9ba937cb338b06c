import Foundation
import PoseFormats
import PoseMetrics

/// A log as JSON, an object a line, for programs: pandas reads it with `read_json(path, lines=True)`.
///
/// A line has `mode`, `epoch`, `epochs`, `iteration_in_epoch`, `iteration`, `iterations_per_epoch`, `iterations`, the values
/// under their own names, `samples_per_second`, `seconds_waited`, `resident_memory`, `device_memory`, `seconds` and
/// `seconds_left`; null stands for what is unknown and for numbers that are not finite. `iteration` counts batches of any
/// size: in a run that went on with another batch, `epoch` and `iteration_in_epoch` of `iterations_per_epoch` say where it is.
public final class JSONLinesLog: TrainingLog {
  private let file: AppendedFile
  /// What the file held of a run that goes on here, in its order.
  public let earlier: [TrainingRecord]

  /// - Parameters:
  ///   - path: is made where it does not exist.
  ///   - iteration: where training goes on. Lines past it are of a future that did not come to be and are dropped, in one
  ///     step; at 0 all are.
  ///   - validatesAgain: whether training goes on with that iteration's validation, whose line is dropped too.
  /// - Throws: ``TrainingLogError``, also where the file is no such log.
  public init(
    _ path: String, resumedAt iteration: Int = 0, validatesAgain: Bool = false
  ) throws(TrainingLogError) {
    let lines = iteration > 0 ? try Self.lines(of: path) : []
    let kept = lines.filter {
      $0.record.iteration < iteration
        || $0.record.iteration == iteration && !(validatesAgain && $0.record.mode == .validation)
    }
    earlier = kept.map(\.record)
    do {
      // Written anew even if no line is dropped, as a crash may have cut the last one off.
      try FileBytes.write(kept.flatMap { $0.text + [lineFeed] }, to: path)
      file = try AppendedFile(path)
    } catch {
      throw .file(error)
    }
  }

  public func record(_ record: TrainingRecord) throws(TrainingLogError) {
    do throws(FileError) { try file.append(record.line) } catch { throw .file(error) }
  }

  public func flush() throws(TrainingLogError) {
    do throws(FileError) { try file.synchronize() } catch { throw .file(error) }
  }

  public func finish() throws(TrainingLogError) { try flush() }

  /// The records of a file; none where it does not exist. A last line without an end is left out: a crash cut it off.
  /// Values come in the order of their names.
  ///
  /// - Parameter limit: the most bytes that are read before the file is refused.
  /// - Throws: ``TrainingLogError``.
  public static func records(of path: String, limit: Int = 1 << 30) throws(TrainingLogError) -> [TrainingRecord] {
    try lines(of: path, limit: limit).map(\.record)
  }

  private static func lines(
    of path: String, limit: Int = 1 << 30
  ) throws(TrainingLogError) -> [(text: ArraySlice<UInt8>, record: TrainingRecord)] {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileBytes.read(path, limit: limit)
    } catch .missing, .empty {
      return []
    } catch {
      throw .file(error)
    }
    var lines: [(ArraySlice<UInt8>, TrainingRecord)] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: lineFeed) {
      let text = rest[..<end]
      do {
        lines.append((text, try JSONDecoder().decode(Line.self, from: Data(text)).record))
      } catch {
        throw .line(path: path, lines.count + 1, reason: "it is no record in JSON")
      }
      rest = rest[(end + 1)...]
    }
    return lines
  }

  /// A line as it is read.
  private struct Line: Decodable {
    let record: TrainingRecord

    struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }

      init(_ name: String) { stringValue = name }
      init(stringValue: String) { self.init(stringValue) }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let line = try decoder.container(keyedBy: Key.self)
      func number(_ name: String) throws -> Double { try line.decode(Double?.self, forKey: Key(name)) ?? .nan }
      func count(_ name: String) throws -> Int { try line.decode(Int.self, forKey: Key(name)) }
      guard let mode = TrainingRecord.Mode(rawValue: try line.decode(String.self, forKey: Key("mode"))) else {
        throw DecodingError.dataCorruptedError(forKey: Key("mode"), in: line, debugDescription: "unknown")
      }
      let names = line.allKeys.map(\.stringValue).filter { !TrainingRecord.fixedNames.contains($0) }.sorted()
      record = TrainingRecord(
        mode: mode, epoch: try count("epoch"), iteration: try count("iteration"),
        iterationsPerEpoch: try count("iterations_per_epoch"), iterations: try count("iterations"),
        values: try names.map { MetricValue($0, try number($0)) }, samplesPerSecond: try number("samples_per_second"),
        secondsWaited: try number("seconds_waited"), residentMemory: try count("resident_memory"),
        deviceMemory: try line.decode(Int?.self, forKey: Key("device_memory")), seconds: try number("seconds"),
        secondsLeft: try line.decode(Double?.self, forKey: Key("seconds_left")))
    }
  }
}

extension TrainingRecord {
  fileprivate static let fixedNames: Set = [
    "mode", "epoch", "epochs", "iteration", "iteration_in_epoch", "iterations_per_epoch", "iterations",
    "samples_per_second", "seconds_waited", "resident_memory", "device_memory", "seconds", "seconds_left",
  ]

  fileprivate var line: [UInt8] {
    var fields = [
      "\"mode\":\"\(mode.rawValue)\"", "\"epoch\":\(epoch)", "\"epochs\":\(epochs)", "\"iteration\":\(iteration)",
      "\"iteration_in_epoch\":\(iterationInEpoch)", "\"iterations_per_epoch\":\(iterationsPerEpoch)",
      "\"iterations\":\(iterations)",
    ]
    fields += values.map { "\($0.name.json):\($0.value.json)" }
    fields += [
      "\"samples_per_second\":\(samplesPerSecond.json)", "\"seconds_waited\":\(secondsWaited.json)",
      "\"resident_memory\":\(residentMemory)", "\"device_memory\":\(deviceMemory.map { "\($0)" } ?? "null")",
      "\"seconds\":\(seconds.json)", "\"seconds_left\":\(secondsLeft?.json ?? "null")",
    ]
    return Array("{\(fields.joined(separator: ","))}\n".utf8)
  }
}

extension Double {
  /// JSON has no numbers that are not finite.
  fileprivate var json: String { isFinite ? "\(self)" : "null" }
}

extension String {
  fileprivate var json: String {
    (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}

private let lineFeed = UInt8(ascii: "\n")
