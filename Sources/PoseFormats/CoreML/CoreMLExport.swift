import PoseCore
import PoseGraph
import PoseImage
import SwiftProtobuf

enum CoreMLFormat {
  /// Core ML 6: iOS 16, macOS 13 and later.
  static let specification: Int32 = 7
  static let operatorSet = "CoreML6"
  static let author = "swift-pose"
  /// The file of weights, as programs call it.
  static let weightsInProgram = "@model_path/weights/weight.bin"
  static let batches = 1...4096
}

extension Graph {
  /// The network and its weights as a Core ML model: an ML program for iOS 16, macOS 13 and later.
  ///
  /// Batch norms are folded into the convolutions before them. Values are named by the published module paths, and inputs and
  /// outputs by the network's ports, in which everything but letters and digits becomes an underscore. The checkpoint's
  /// metadata becomes the model's.
  ///
  /// - Throws: ``CheckpointMismatch`` if the weights belong to another network, and ``CoreMLError`` if a program of Core ML
  ///   cannot represent the network.
  public func coreML(_ checkpoint: Checkpoint, _ options: CoreMLOptions = CoreMLOptions()) throws -> CoreMLPackage {
    try check(checkpoint)
    guard CoreMLFormat.batches.contains(options.largestBatch) else {
      throw CoreMLError.largestBatch(options.largestBatch, allowed: CoreMLFormat.batches)
    }
    var (model, weights) = try MILProgramWriter(self, checkpoint, options).written()
    model.description_p.metadata = .with {
      $0.shortDescription = options.summary
      $0.author = CoreMLFormat.author
      $0.license = options.license ?? ""
      $0.userDefined = checkpoint.metadata
      // Which port of the network a feature of another name is.
      let renamed = zip(model.description_p.input + model.description_p.output, inputs + outputs).filter {
        $0.name != $1.name
      }
      if !renamed.isEmpty { $0.userDefined["ports"] = renamed.map { "\($0.name)=\($1.name)" }.joined(separator: ",") }
    }
    // The order of entries in a dictionary must not change the bytes.
    var serialization = BinaryEncodingOptions()
    serialization.useDeterministicOrdering = true
    return CoreMLPackage(model: try model.serializedBytes(options: serialization), weights: weights.bytes)
  }
}

extension MILProgramWriter {
  /// What the network reads of an input: numbers of the program's precision.
  mutating func given(_ input: MILValue, _ port: Graph.Port) throws(CoreMLError) -> MILValue {
    let shape = input.type.shape
    guard shape.count <= Self.mostAxes else {
      throw .tooManyAxes(path: port.name, operation: "input", axes: shape.count)
    }
    let numbers =
      scalars == .float32 ? input : emit("cast", ["x": .value(input), "dtype": .text(scalars.milName)], shape)
    guard case .picture(let encoding) = options.input else { return numbers }
    guard graph.inputs.count == 1, shape.count == 4, shape[1] == 3 else {
      throw .noPicture(port: port.name, shape: extents(port.value))
    }
    let channels = 0..<3
    let (divisor, mean, deviation) = (Double(encoding.divisor), encoding.mean, encoding.deviation)
    let center = try weight("mean", [1, 3, 1, 1], channels.map { Float(Double(mean[$0]) * divisor) })
    let scale = try weight("scale", [1, 3, 1, 1], channels.map { Float(1 / (Double(deviation[$0]) * divisor)) })
    let centered = emit("sub", ["x": .value(numbers), "y": .value(center)], shape)
    return emit("mul", ["x": .value(centered), "y": .value(scale)], shape)
  }

  func description(of port: Graph.Port, _ input: MILValue) -> CoreMLFeatureDescription {
    let extents = extents(port.value)
    return .with { feature in
      feature.name = input.name
      feature.shortDescription = options.ports[port.name] ?? ""
      if case .picture(let encoding) = options.input {
        feature.type.imageType = .with {
          $0.height = Int64(extents[2])
          $0.width = Int64(extents[3])
          $0.colorSpace = encoding.order == .rgb ? .rgb : .bgr
        }
        return
      }
      feature.type.multiArrayType = .with { array in
        array.dataType = .float32
        array.shape = extents.map(Int64.init)
        guard isBatched(port.value), options.hasOpenBatch else { return }
        array.shapeRange.sizeRanges = extents.enumerated().map { axis, extent in
          .with {
            $0.lowerBound = UInt64(extent)
            $0.upperBound = Int64(axis == 0 ? options.largestBatch : extent)
          }
        }
      }
    }
  }

  func description(of port: Graph.Port, _ name: String, _ shape: [Int?]) -> CoreMLFeatureDescription {
    .with { feature in
      feature.name = name
      feature.shortDescription = options.ports[port.name] ?? ""
      feature.type.multiArrayType.dataType = .float32
      // The shape is only said if it is known.
      let extents = shape.compactMap(\.self)
      if extents.count == shape.count { feature.type.multiArrayType.shape = extents.map(Int64.init) }
    }
  }
}
