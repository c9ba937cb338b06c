/// What a network gave for one region of a picture: tensors by the names of its output ports.
public struct Outputs: Sendable, Hashable {
  private var tensors: [String: OutputTensor]

  public init(_ tensors: [String: OutputTensor] = [:]) { self.tensors = tensors }

  /// The tensor of a port, or nil where the network has none of that name.
  public subscript(port: String) -> OutputTensor? {
    get { tensors[port] }
    set { tensors[port] = newValue }
  }

  /// The tensor of a port that a decoder found when it was checked against the network.
  func required(_ port: String) -> OutputTensor {
    guard let tensor = tensors[port] else {
      preconditionFailure("there is no output '\(port)': check the decoder against the network first")
    }
    return tensor
  }
}

/// One of a network's outputs for one region.
public struct OutputTensor: Sendable, Hashable {
  /// The extents without the batch: `joints x height x width` for heatmaps.
  public let shape: [Int]
  /// In C order.
  public var values: [Float]

  /// - Precondition: `values` fill the shape.
  public init(shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "\(values.count) floats are no output of shape \(shape)")
    (self.shape, self.values) = (shape, values)
  }
}
