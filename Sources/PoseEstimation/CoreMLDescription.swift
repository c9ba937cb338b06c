import PoseConfiguration
import PoseCore
import PoseFormats
import PoseGraph
import PoseImage

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ModelConfiguration {
  /// How a network of this configuration is written as a Core ML model: what the model takes, and what it says of itself.
  ///
  /// - Parameters:
  ///   - graph: the network.
  ///   - checkpoint: its weights, whose metadata names the file that they come from.
  ///   - largestBatch: the most inputs that the model takes at once, or nil for a model that takes one picture.
  public func coreMLOptions(
    for graph: Graph, _ checkpoint: Checkpoint, precision: Checkpoint.FloatType = .float16, largestBatch: Int? = 16
  ) -> CoreMLOptions {
    var options = CoreMLOptions(precision: precision)
    options.input = largestBatch.map { .tensor(largestBatch: $0) } ?? .picture(image.encoding)
    options.summary = "\(name): \(purpose)"
    options.license = license(ofFile: checkpoint.metadata["source"])
    for port in graph.inputs {
      options.ports[port.name] = description(ofInput: graph.shape(of: port.value), isPicture: largestBatch == nil)
    }
    for port in graph.outputs {
      let extents = graph.shape(of: port.value).dropFirst().map(String.init)
      options.ports[port.name] =
        "'\(port.name)' of codec \(codec.name): " + (["N"] + extents).joined(separator: " x ")
    }
    return options
  }

  /// What users of a model need beside its configuration, by the keys of a Core ML model's metadata.
  public var coreMLMetadata: [String: String] {
    var entries = [
      "codec": codec.name, "input": "\(model.input.height)x\(model.input.width)", "preparation": preparation,
    ]
    if let skeleton = model.skeleton { entries["joints"] = Self.json(skeleton.joints.map(\.rawValue)) }
    if !model.classes.isEmpty { entries["classes"] = Self.json(model.classes) }
    return entries
  }

  private static func json(_ names: [String]) -> String? {
    (try? JSONEncoder().encode(names)).map { String(decoding: $0, as: UTF8.self) }
  }

  private var purpose: String {
    if inputPose != nil { return "refines poses that another network found" }
    if segmentsPictures { return "finds which of \(model.classes.count) classes each pixel of a picture is" }
    guard let skeleton = model.skeleton else { return "finds objects of \(model.classes.count) classes" }
    return findsEverybody
      ? "finds the \(skeleton.joints.count) joints of everybody in a picture"
      : "finds the \(skeleton.joints.count) joints of the person in a box"
  }

  /// How a picture becomes the network's input, in words.
  private var preparation: String {
    let size = "\(model.input.height) x \(model.input.width) (height x width)"
    let encoding = image.encoding
    func channels(_ values: SIMD3<Float>) -> String { "[\(values.x), \(values.y), \(values.z)]" }
    let region =
      switch image.geometry {
      case .crop: "a box, grown by \(image.padding) and to the input's aspect, warped to \(size)"
      case .stretch: "the picture stretched to \(size)"
      case .letterbox:
        "the picture at its own aspect in the top left corner of \(size), the rest filled with \(image.fill)"
      case .centered: "the picture at its own aspect in the middle of \(size), the rest filled with \(image.fill)"
      case .shortSide, .expand, .padded: "the picture at its own aspect, resized to \(size)"
      }
    return
      "\(region); \(encoding.order.rawValue) channels, (pixel / \(encoding.divisor) - \(channels(encoding.mean))) / "
      + channels(encoding.deviation)
  }

  private func description(ofInput shape: [Int], isPicture: Bool) -> String {
    guard shape.count == 4 else { return "What the network's other part gives for each person" }
    return isPicture ? "The region of a picture; the model itself divides and subtracts: \(preparation)" : preparation
  }

  private func license(ofFile name: String?) -> String? {
    guard let name else { return nil }
    // A model file has the configuration without the list of published weights.
    let published = weights + (Zoo.all.first { $0.name == self.name }?.weights ?? [])
    return published.first { $0.fileName == name }?.licence
  }
}
