import PoseCore
import PoseFormats
import PoseMedia
import PoseMetrics

/// A place that training writes down how it goes: a file, a folder, a terminal. One thread at a time writes.
public protocol TrainingLog: AnyObject {
  func record(_ record: TrainingRecord) throws(TrainingLogError)

  /// Makes sure that what was recorded outlives a crash. Training calls it with each checkpoint.
  func flush() throws(TrainingLogError)

  /// The run is over, or stops here for now; nothing is recorded afterwards.
  func finish() throws(TrainingLogError)
}

/// How training went for a number of iterations, or what a validation found.
public struct TrainingRecord: Sendable, Hashable {
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    case train, validation
  }

  public var mode: Mode
  /// The epoch that training is in, from 1.
  public var epoch: Int
  /// How many iterations are done, of all epochs, however large each one's batch was.
  public var iteration: Int
  /// How many iterations an epoch has with the present batch.
  public var iterationsPerEpoch: Int
  /// How many iterations the whole run takes: those done, and those that are left with the present batch.
  public var iterations: Int
  /// What was measured, in the order that people read: `loss`, `accuracy`, `rate`, `gradient norm`, `AP`. What is counted
  /// in each iteration is the mean since the record before.
  public var values: [MetricValue]
  public var samplesPerSecond: Double
  /// For how many seconds, since the record before, training waited for samples.
  public var secondsWaited: Double
  /// Bytes of the process's memory.
  public var residentMemory: Int
  /// Bytes of the device's memory, at most so far; nil on the CPU.
  public var deviceMemory: Int?
  /// Seconds that training has taken, also before it was resumed.
  public var seconds: Double
  /// Seconds until the last iteration, by the pace so far; nil where nobody can tell yet.
  public var secondsLeft: Double?

  public init(
    mode: Mode = .train, epoch: Int, iteration: Int, iterationsPerEpoch: Int, iterations: Int, values: [MetricValue],
    samplesPerSecond: Double = 0, secondsWaited: Double = 0, residentMemory: Int = 0, deviceMemory: Int? = nil,
    seconds: Double = 0, secondsLeft: Double? = nil
  ) {
    self.mode = mode
    self.epoch = epoch
    self.iteration = iteration
    self.iterationsPerEpoch = iterationsPerEpoch
    self.iterations = iterations
    self.values = values
    self.samplesPerSecond = samplesPerSecond
    self.secondsWaited = secondsWaited
    self.residentMemory = residentMemory
    self.deviceMemory = deviceMemory
    self.seconds = seconds
    self.secondsLeft = secondsLeft
  }

  /// How many epochs the whole run takes.
  public var epochs: Int { epoch.addingReportingOverflow(left / max(iterationsPerEpoch, 1)).partialValue }

  /// How many of the epoch's iterations are done, from 1. Counted from the run's end, as a run that went on with another
  /// batch had other iterations before.
  public var iterationInEpoch: Int { max(iterationsPerEpoch, 1) - left % max(iterationsPerEpoch, 1) }

  /// How many epochs are done, the part of the present one included.
  var epochsDone: Double { Double(epoch) - 1 + Double(iterationInEpoch) / Double(max(iterationsPerEpoch, 1)) }

  /// How many iterations are left; 0 where a file's numbers contradict each other.
  private var left: Int {
    let (left, overflows) = iterations.subtractingReportingOverflow(iteration)
    return overflows ? 0 : max(left, 0)
  }

  /// The value of that name.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }
}

/// Why a log could not be written or continued.
public enum TrainingLogError: UserError {
  /// A file could not be read or written.
  case file(FileError)
  /// A picture could not be drawn or written.
  case picture(MediaError)
  /// A line of a log is none that training wrote, counted from 1.
  case line(path: String, Int, reason: String)
}

extension TrainingLogError: CustomStringConvertible {
  /// An input or output error.
  public var exitCode: Int32 { 74 }

  public var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .picture(let error): "\(error)"
    case .line(let path, let line, let reason):
      "'\(path)', line \(line): \(reason): training wrote no such line; move the file away and a new one begins"
    }
  }
}
