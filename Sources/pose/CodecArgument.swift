import ArgumentParser
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEstimation

/// A decoder of keypoints by the name that configurations use for it.
struct CodecArgument: ExpressibleByArgument {
  let name: String

  /// The names that can be given.
  static let names = DecoderCatalogue.names.filter {
    DecoderCatalogue.decoder(named: $0) is any KeypointDecoder
  }

  static var allValueStrings: [String] { names }

  init?(argument: String) {
    guard Self.names.contains(argument) else { return nil }
    name = argument
  }

  /// The decoder with the settings of a configuration's own codec where it has them too.
  ///
  /// - Throws: ``InputError`` where the settings do not fit the decoder.
  func decoder(for configuration: ModelConfiguration) throws -> any KeypointDecoder {
    guard let decoder = try configuration.codec.decoder(named: name) as? any KeypointDecoder else {
      throw InputError("\(name) decodes no keypoints")
    }
    return decoder
  }
}
