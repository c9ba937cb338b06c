import PoseCore
import PoseExperiments
import PoseFormats

extension Error {
  /// Whether something could not be written.
  var isOutput: Bool {
    switch self {
    case let error as FileError:
      switch error {
      case .noSpace, .noFolder, .noPermission: true
      default: false
      }
    case let error as FormatError: error.reason.isOutput
    case is TrainingLogError: true
    default: false
    }
  }

  /// What the program exits with.
  var exitCode: Int32 { isOutput ? 74 : (self as? any UserError)?.exitCode ?? 70 }
}
