import PoseCodecs
import PoseConfiguration
import PoseData
import PoseEngine
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseMedia
import PoseTorch
import PoseTraining

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

  /// Whether what the user gave is at fault, rather than this program.
  var isInputs: Bool {
    self is TrainingError || self is TrainingDataError || self is DatasetKindError || self is LauncherError
      || self is ConfigurationError || self is FormatError
      || self is FileError
      || self is CheckpointMismatch || self is DatasetProblem || self is CombinationError || self is LoaderError
      || self is TargetError || self is MediaError || self is GraphError
  }
}
