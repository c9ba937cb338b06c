import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseFormats

/// A detector of an ONNX file, with all that is needed to use it.
///
/// Its network is the file's, not one that a configuration builds; of a configuration only what the file does not say
/// is used.
public struct ONNXDetectorModel: Sendable {
  public let network: ONNXDetector
  /// How pictures become the input, and what the network finds.
  public let description: DetectorDescription
  /// How the description was chosen.
  public let source: Model.ConfigurationSource
  /// How the outputs become boxes.
  let decoder: any OutputDecoder<[Detection]>

  /// Reads a detector, and finds the configuration that says what its file does not: the one asked for, else the one
  /// that the file carries, else a detector's that the file's name starts with, else the published one of its form.
  ///
  /// - Parameters:
  ///   - path: an ONNX file that suppresses boxes itself (`dets` and `labels`, as MMDeploy writes it), or has the
  ///     outputs of YOLOX, of PicoDet, or of a detector that this library exported.
  ///   - name: a configuration: a name of the zoo or the path of a YAML file.
  ///   - input: the input's size; nil for the file's or, where the file leaves it open, the configuration's.
  /// - Throws: `FormatError` where the file cannot be read or is no detector; `ConfigurationError`; ``ModelError``
  ///   where nothing says how pictures become the input, or the classes do not fit; `DecoderError`.
  public init(contentsOf path: String, configuration name: String? = nil, input: Size? = nil) throws {
    let bytes = try FileBytes.read(path)
    var described: (DetectorDescription, Model.ConfigurationSource)?
    if let name {
      described = (try DetectorDescription(named: name), .caller)
    } else if let named = Zoo.configurations(forFile: path).first(where: { !$0.model.classes.isEmpty }) {
      described = (try DetectorDescription(named), .fileName)
    }
    func extents(_ size: Size) -> [Int] { [3, size.height, size.width] }
    do {
      network = try ONNXDetector(
        bytes: bytes, inputSize: input.map(extents), openSize: described?.0.input.map(extents))
    } catch ONNXError.openInput where described == nil {
      throw ModelError.unknownPreparation(path: path)
    } catch {
      throw FormatError(path: path, reason: error)
    }
    if name == nil, let json = network.model.checkpoint.metadata["config"] {
      described = (try DetectorDescription(ModelConfiguration(json: json, source: path)), .file)
    }
    guard let found = described ?? network.publishedDescription.map({ ($0, .form) }) else {
      throw ModelError.unknownPreparation(path: path)
    }
    (description, source) = found
    guard description.classes.count == network.classCount else {
      throw ModelError.otherClasses(
        path: path, count: network.classCount, configuration: description.name, named: description.classes.count)
    }
    if let tensor = network.model.checkpoint.firstTensorThatIsNotFinite {
      throw ModelError.notFinite(path, tensor: tensor)
    }
    decoder = try Self.decoder(of: network, description)
  }

  /// The description's decoder if it reads the outputs, else that of their form.
  private static func decoder(
    of network: ONNXDetector, _ description: DetectorDescription
  ) throws -> any OutputDecoder<[Detection]> {
    let form: (any OutputDecoder<[Detection]>)? =
      switch network.form {
      case .suppressed(let perClass, let limit, let overlap, let threshold):
        BoxDecoder(threshold: threshold, overlap: overlap, perClass: perClass, limit: limit ?? 300)
      case .places: BoxDecoder.yolox
      case .distributions: PicoDetDecoder()
      case .maps: nil
      }
    if let codec = description.codec {
      guard let decoder = codec.decoder as? any OutputDecoder<[Detection]> else {
        throw EstimationError.findsNoPeople(network: description.name)
      }
      do {
        try decoder.check(network.ports, skeleton: nil)
        return decoder
      } catch {
        guard description.describesNetwork, form != nil else { throw error }
      }
    }
    guard let form else { throw EstimationError.findsNoPeople(network: description.name) }
    return form
  }
}

extension ONNXDetector {
  /// The shapes of the outputs without the batch.
  fileprivate var ports: [String: [Int]] {
    Dictionary(
      model.graph.outputs.map { ($0.name, Array(model.graph.shape(of: $0.value).dropFirst())) },
      uniquingKeysWith: { first, _ in first })
  }

  /// What is published with the network that has these outputs; nil where files of that form differ.
  fileprivate var publishedDescription: DetectorDescription? {
    switch form {
    case .places: .yolox(classCount: classCount)
    case .distributions: .picoDet(classCount: classCount)
    case .suppressed, .maps: nil
    }
  }
}
