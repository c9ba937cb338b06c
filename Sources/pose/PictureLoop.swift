import ArgumentParser
import PoseEstimation
import PoseEvaluation
import PoseExperiments

/// Goes through pictures for a command, several at once: one bad picture does not stop the rest, and signals end the work
/// between two pictures.
struct PictureLoop {
  /// The threads that each picture may take.
  let threadsOfPicture: Int?
  private let pictures: [String]
  private let picturesAtOnce: Int
  private let interruption: Interruption?
  private var failed = 0

  /// - Parameters:
  ///   - threads: the most threads in all; nil for one for each processor. Where there are fewer pictures than threads,
  ///     each picture takes all of them.
  ///   - isInterruptible: whether what was found so far is to be kept where a signal ends the work.
  init(_ pictures: [String], threads: Int?, isInterruptible: Bool) {
    let isSideBySide = pictures.count >= threads ?? processorCount
    picturesAtOnce = isSideBySide ? threads ?? processorCount : 1
    threadsOfPicture = isSideBySide ? 1 : threads
    (self.pictures, interruption) = (pictures, isInterruptible ? Interruption() : nil)
  }

  /// Works on each picture, and reports what is thrown about a single one.
  ///
  /// - Parameters:
  ///   - work: looks at a picture, on any thread.
  ///   - body: takes what was found, in the order of the pictures.
  mutating func run<Found: Sendable>(
    _ work: @escaping @Sendable (_ path: String) throws -> Found, _ body: (_ path: String, Found) throws -> Void
  ) throws {
    var progress = Progress(total: pictures.count)
    try forEachResult(of: pictures.count, threads: picturesAtOnce) { [pictures] index in
      Result { try work(pictures[index]) }
    } _: { index, result in
      if interruption?.requestedSignal != nil { return false }
      do {
        try body(pictures[index], result.get())
      } catch let error as OutputError {
        throw error
      } catch let error as EstimationError {
        // The network is at fault, so no other picture will do better.
        throw error
      } catch {
        progress.finish()
        Failure.report("\(error)")
        failed += 1
      }
      progress.advance()
      return true
    }
    progress.finish()
  }

  /// Ends the command as the pictures say, once its files are complete.
  ///
  /// - Throws: `ExitCode` where a picture failed or a signal came.
  func end() throws {
    if let signal = interruption?.requestedSignal { throw ExitCode(128 + signal) }
    if failed > 0 {
      if pictures.count > 1 { Failure.report("\(failed) of \(pictures.count) pictures failed") }
      throw Failure.input
    }
  }
}
