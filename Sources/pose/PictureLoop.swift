import ArgumentParser
import PoseEstimation
import PoseExperiments

/// Goes through pictures for a command: one bad picture does not stop the rest, and signals end the work between two
/// pictures.
struct PictureLoop {
  private let pictures: [String]
  private let interruption: Interruption?
  private var failed = 0

  /// - Parameter isInterruptible: whether what was found so far is to be kept where a signal ends the work.
  init(_ pictures: [String], isInterruptible: Bool) {
    (self.pictures, interruption) = (pictures, isInterruptible ? Interruption() : nil)
  }

  /// Calls `body` with each picture's path. What it throws about a single picture is reported.
  mutating func run(_ body: (_ path: String) throws -> Void) throws {
    var progress = Progress(total: pictures.count)
    for path in pictures where interruption?.requestedSignal == nil {
      do {
        try body(path)
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
