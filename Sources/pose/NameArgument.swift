import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseData

// Names that options take. A name that is not known is refused before any file is read, with the names that are; the path
// of a YAML file is a name, too.

extension String {
  fileprivate var isYAML: Bool { hasSuffix(".yaml") || hasSuffix(".yml") }
}

/// The name or the path of a configuration.
///
/// - Throws: `ConfigurationError` with the nearest name.
func configurationName(_ argument: String) throws -> String {
  if !argument.isYAML { _ = try Zoo.configuration(named: argument) }
  return argument
}

/// The name of a dataset format, or the path of a skeleton file.
///
/// - Throws: `DatasetKindError` with all names.
func datasetName(_ argument: String) throws -> String {
  if !argument.isYAML, DatasetKind(named: argument) == nil { throw DatasetKindError.unknown(argument) }
  return argument
}

/// The name of a skeleton, or the path of its file.
///
/// - Throws: `ValidationError` with all names.
func skeletonName(_ argument: String) throws -> String {
  if !argument.isYAML, Skeleton(named: argument) == nil {
    let names = Skeleton.all.map(\.name).joined(separator: ", ")
    throw ValidationError("give a skeleton (\(names)) or a skeleton file (dog.yaml)")
  }
  return argument
}
