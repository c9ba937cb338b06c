import PoseGraph

/// A detector of an ONNX file: the network up to its raw outputs, under names that decoders read.
public struct ONNXDetector: Sendable {
  public let model: ONNXModel
  public let form: Form
  /// How many classes the scores are of.
  public let classCount: Int

  /// What the outputs are.
  public enum Form: Sendable, Hashable {
    /// `boxes`, `N x places x 4`: the left, top, right and bottom sides in pixels of the input, and `scores`,
    /// `N x places x classes`, in 0...1. They come from a file that suppresses boxes itself, as MMDeploy writes it, by
    /// these limits: the most boxes of a class and, where the file says it, of all, the greatest overlap, and what
    /// scores must exceed.
    case suppressed(perClass: Int, limit: Int?, overlap: Double, threshold: Double)
    /// `boxes` and `scores` as above, of YOLOX.
    case places
    /// `scores.L`, `N x places x classes`, in 0...1, and `distances.L`, `N x places x 4 bins`, of each level, finest
    /// first: PicoDet's.
    case distributions
    /// Maps of each level under the names of this library's own networks, `cls_scores.L` and others.
    case maps
  }

  /// Reads a detector.
  ///
  /// - Parameters:
  ///   - inputSize: the input's extents without the batch, `[3, height, width]`; nil for the file's.
  ///   - openSize: extents for those that the file leaves open.
  /// - Throws: ``ONNXError``, which says what is not a detector's.
  public init(bytes: [UInt8], inputSize: [Int]? = nil, openSize: [Int]? = nil) throws(ONNXError) {
    let file = try ONNXFile(bytes: bytes)
    let input = try file.input(size: inputSize, orElse: openSize)
    guard input.size.count == 3, input.size[0] == 3 else {
      throw .input("a detector takes pictures of 3 x height x width, not \(input.size)")
    }
    if file.nodes.contains(where: { $0.type == "NonMaxSuppression" }) {
      try self.init(suppressing: file, input)
    } else {
      try self.init(whole: file, input)
    }
  }

  private init(suppressing file: ONNXFile, _ input: (name: String, size: [Int])) throws(ONNXError) {
    let cut = try ONNXSuppression(file, input: input)
    model = try ONNXModel(file, input: input, needing: [cut.boxes, cut.scores]) { reader throws(ONNXError) in
      let values = try reader.outputs([cut.boxes, cut.scores])
      var scores = values[1].value
      if cut.classesComeFirst {
        scores = try reader.adding("scores") { reader, node in try reader.add(.transpose([0, 2, 1]), [scores], node) }
      }
      return [("boxes", values[0].value), ("scores", scores)]
    }
    form = .suppressed(
      perClass: cut.perClass, limit: cut.limit, overlap: Double(cut.overlap), threshold: Double(cut.threshold))
    classCount = model.lastExtent(of: 1)
  }

  private init(whole file: ONNXFile, _ input: (name: String, size: [Int])) throws(ONNXError) {
    var found: (form: Form, classes: Int)?
    let needed = try file.nodes(for: file.outputs)
    model = try ONNXModel(file, input: input, needing: file.outputs) { reader throws(ONNXError) in
      let values = try reader.outputs(file.outputs)
      if let maps = values.first(where: { $0.name == "cls_scores.0" }) {
        found = (.maps, maps.value.extent(1))
        return values
      }
      if let levels = Self.distributions(values, input: input.size) {
        found = (.distributions, values[0].value.extent(2))
        return levels
      }
      guard values.count == 1, let strides = Self.strides(of: values[0].value, input: input.size) else {
        let shapes = values.prefix(4).map { "\($0.name) of \($0.value.shape)" }.joined(separator: ", ")
        throw .noDetector(
          "its outputs are \(shapes). Read are dets and labels of a file with NonMaxSuppression, YOLOX's output of "
            + "places x (5 + classes), and PicoDet's scores and distances of each level")
      }
      found = (.places, values[0].value.extent(2) - 5)
      // A file that decodes takes the exponentials of widths and heights itself.
      let isDecoded = needed.contains { $0.type == "Exp" }
      return try reader.adding("places") { reader, node in
        try reader.places(values[0].value, strides: isDecoded ? nil : strides, input: input.size, node)
      }
    }
    guard let found else { throw .noDetector("it has no outputs") }
    (form, classCount) = (found.form, found.classes)
  }

  /// The outputs of PicoDet's levels, if they are its: scores of all levels, then distances of all levels.
  private static func distributions(
    _ values: [(name: String, value: Value)], input: [Int]
  ) -> [(name: String, value: Value)]? {
    let levels = values.count / 2
    guard (1...8).contains(levels), values.count == 2 * levels, let classes = values.first?.value.extent(2),
      let sides = values.last?.value.extent(2), classes > 0, sides >= 8, sides % 4 == 0
    else { return nil }
    for (index, value) in values.map(\.value).enumerated() {
      guard let places = Self.places(8 << (index % levels), input),
        value.shape == [1, places, index < levels ? classes : sides]
      else { return nil }
    }
    return values.enumerated().map { index, value in
      (name: index < levels ? "scores.\(index)" : "distances.\(index - levels)", value: value.value)
    }
  }

  /// The strides whose places YOLOX's output has one after the other, or nil if it is another network's.
  private static func strides(of value: Value, input: [Int]) -> [Int]? {
    guard value.shape.count == 3, value.shape[2] > 5 else { return nil }
    return [[8, 16, 32], [8, 16, 32, 64]].first { strides in
      strides.compactMap { Self.places($0, input) }.reduce(0, +) == value.shape[1]
    }
  }

  private static func places(_ stride: Int, _ input: [Int]) -> Int? {
    let counts = input.dropFirst().map { ($0 + stride - 1) / stride }
    let (count, overflow) = counts[0].multipliedReportingOverflow(by: counts[1])
    return overflow ? nil : count
  }
}

extension ONNXModel {
  /// The last extent of an output.
  fileprivate func lastExtent(of index: Int) -> Int {
    graph.outputs.indices.contains(index) ? graph.shape(of: graph.outputs[index].value).last ?? 0 : 0
  }
}

extension ONNXImport {
  /// YOLOX's output as boxes by their corners, and scores.
  ///
  /// - Parameter strides: of the places, whose centers are in cells from the cell's corner and whose widths and heights
  ///   are logarithms of cells; nil if they are in pixels already.
  fileprivate func places(
    _ x: Value, strides: [Int]?, input: [Int], _ node: ONNXNode
  ) throws -> [(name: String, value: Value)] {
    func part(_ start: Int, _ end: Int) throws -> Value {
      try add(.slice(axis: 2, start: start, end: end, step: 1), [x], node)
    }
    func binary(_ function: Binary, _ a: Value, _ b: Value) throws -> Value {
      try add(.binary(function), [a, b], node)
    }
    var (centers, sizes) = (try part(0, 2), try part(2, 4))
    if let strides {
      let grid = strides.flatMap { stride in
        let (rows, columns) = ((input[1] + stride - 1) / stride, (input[2] + stride - 1) / stride)
        return (0..<rows * columns).map { (Float($0 % columns * stride), Float($0 / columns * stride), Float(stride)) }
      }
      let corners = try add(.constant(shape: [1, grid.count, 2], grid.flatMap { [$0.0, $0.1] }), [], node)
      let scales = try add(.constant(shape: [1, grid.count, 1], grid.map(\.2)), [], node)
      centers = try binary(.add, try binary(.multiply, centers, scales), corners)
      sizes = try binary(.multiply, try add(.unary(.exp), [sizes], node), scales)
    }
    let half = try add(.scalar(.multiply, 0.5), [sizes], node)
    let corners = [try binary(.subtract, centers, half), try binary(.add, centers, half)]
    return [
      ("boxes", try add(.concat(axis: 2), corners, node)),
      ("scores", try binary(.multiply, try part(5, x.shape[2]), try part(4, 5))),
    ]
  }
}
