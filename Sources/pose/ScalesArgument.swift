import ArgumentParser
import PoseConfiguration

/// Sizes of a network's input beside the configured one, separated by commas: `0.5,1,2`.
struct ScalesArgument: Sendable {
  let scales: [Double]

  /// - Throws: `ValidationError` for text that is no such list.
  init(parsing argument: String) throws {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    scales = numbers.compactMap(\.self)
    guard scales.count == numbers.count else {
      throw ValidationError("give factors with commas between them, such as 0.5,1,2")
    }
    if let reason = TestTimeAugmentation.invalidScales(scales) { throw ValidationError("the list \(reason)") }
  }
}

extension ArgumentHelp {
  /// - Parameter fallback: what is taken otherwise.
  static func scales(_ fallback: String) -> ArgumentHelp {
    ArgumentHelp(
      "Run the network on inputs of these sizes beside the configured one, among them 1, and take the results together: "
        + "0.5,1,2. Defaults to \(fallback).", valueName: "factors")
  }
}
