import PoseCore
import PoseGraph

// Resizing of height and width. ONNX has more rules than the graph; the others are expressed by other operators that
// give the same pixels.
extension ONNXImport {
  mutating func resize(_ node: ONNXNode, _ x: Value) throws -> Value {
    try node.require(x.shape.count == 4, "it takes \(x.shape); only N x C x H x W is supported")
    let (scales, size) = try newSize(node, x.shape)
    let mode = node.text("mode", "nearest")
    let isOld = node.type == "Upsample" || file.version < 11
    let coordinates = node.text("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel")
    try node.require(
      node.integer("antialias", 0) == 0 && node.text("keep_aspect_ratio_policy", "stretch") == "stretch",
      "only stretching without antialiasing is supported")
    try spend(size[0] + size[1])
    let target = Size(height: size[0], width: size[1])
    let isExact = (0..<2).allSatisfy { abs(scales[$0] * Float(x.shape[$0 + 2]) - Float(size[$0])) < 1e-3 }
    switch (mode, coordinates) {
    case ("nearest", _):
      let rounding = node.text("nearest_mode", isOld ? "floor" : "round_prefer_floor")
      let sources = try (0..<2).map { axis in
        try (0..<size[axis]).map {
          try source(of: $0, x.shape[axis + 2], size[axis], scales[axis], coordinates, rounding)
        }
      }
      let isPlain = (0..<2).allSatisfy { axis in
        sources[axis].enumerated().allSatisfy { $0.element == $0.offset * x.shape[axis + 2] / size[axis] }
      }
      if isPlain { return try add(.resize(Resize(to: target, .nearest)), [x], node) }
      let rows = try picked(x, 2, sources[0], node)
      return try picked(rows, 3, sources[1], node)
    case ("linear", "align_corners"):
      return try add(.resize(Resize(to: target, .bilinear(alignCorners: true))), [x], node)
    case ("linear", "half_pixel") where isExact, ("linear", "pytorch_half_pixel") where isExact && !size.contains(1):
      return try add(.resize(Resize(to: target, .bilinear(alignCorners: false))), [x], node)
    case ("linear", _):
      // The graph has no operator for other rules, so each axis is multiplied by a matrix of interpolation weights.
      let columns = try matrix(x.shape[3], size[1], scales[1], coordinates)
      let rows = try matrix(x.shape[2], size[0], scales[0], coordinates)
      let output = node.outputs.first ?? node.name
      let narrowed = try add(.linear, [x], parameters: [try parameter(columns, named: "\(output).columns")], node)
      let left = try add(.parameter, [], parameters: [try parameter(rows, named: "\(output).rows")], node)
      return try add(.matmul, [left, narrowed], node)
    default: throw ONNXRefusal("mode '\(mode)' with coordinates '\(coordinates)' is not supported")
    }
  }

  /// The scales, and the new height and width.
  private func newSize(_ node: ONNXNode, _ shape: [Int]) throws -> (scales: [Float], size: [Int]) {
    let isOld = node.type == "Upsample" || file.version < 11
    var scales = node.attributes["scales"]?.floats ?? []
    if scales.isEmpty { scales = try constant(isOld ? 1 : 2, of: node)?.floats ?? [] }
    let sizes = isOld ? nil : try constant(3, of: node)?.integers
    var all = shape
    let axes = try axes(node.integers("axes") ?? [0, 1, 2, 3], rank: 4)
    if let sizes, !sizes.isEmpty {
      try node.require(sizes.count == axes.count, "there should be one size for each axis, but sizes are \(sizes)")
      for (axis, size) in zip(axes, sizes) { all[axis] = size }
    } else {
      try node.require(
        scales.count == axes.count && scales.allSatisfy { $0 > 0 && $0 <= Float(ONNXNode.mostSize) },
        "scales \(scales) should be positive, one for each axis")
      for (axis, scale) in zip(axes, scales) { all[axis] = Int(Float(shape[axis]) * scale) }
    }
    try node.require(
      all[..<2] == shape[..<2] && all[2...].allSatisfy { (1...ONNXNode.mostSize).contains($0) },
      "\(shape) cannot become \(all)")
    let size = Array(all[2...])
    var own = (0..<2).map { Float(size[$0]) / Float(shape[$0 + 2]) }
    if sizes?.isEmpty ?? true {
      for (axis, scale) in zip(axes, scales) where axis >= 2 { own[axis - 2] = scale }
    }
    return (own, size)
  }

  /// The old pixel whose value a new pixel repeats.
  private func source(
    of index: Int, _ old: Int, _ new: Int, _ scale: Float, _ coordinates: String, _ rounding: String
  ) throws -> Int {
    let position = try position(of: index, old, new, scale, coordinates)
    let pixel: Float =
      switch rounding {
      case "floor": position.rounded(.down)
      case "ceil": position.rounded(.up)
      case "round_prefer_floor":
        position == position.rounded(.down) + 0.5 ? position.rounded(.down) : position.rounded()
      case "round_prefer_ceil": position.rounded()
      default: throw ONNXRefusal("rounding by '\(rounding)' is unknown")
      }
    return Int(min(max(pixel, 0), Float(old - 1)))
  }

  /// The weight of each old pixel in each new one, with one row for each new pixel.
  private mutating func matrix(_ old: Int, _ new: Int, _ scale: Float, _ coordinates: String) throws -> ONNXConstant {
    // The matrix becomes a parameter and is subtracted from the budget then.
    guard old * new <= budget else { throw tooMuch }
    var weights = Array(repeating: Float(0), count: old * new)
    for index in 0..<new {
      let position = min(max(try position(of: index, old, new, scale, coordinates), 0), Float(old - 1))
      let low = Int(position)
      let fraction = position - Float(low)
      weights[index * old + low] += 1 - fraction
      weights[index * old + min(low + 1, old - 1)] += fraction
    }
    return ONNXConstant([new, old], .floats(weights))
  }

  /// The position of a new pixel in the coordinates of the old ones.
  private func position(
    of index: Int, _ old: Int, _ new: Int, _ scale: Float, _ coordinates: String
  ) throws -> Float {
    let place = Float(index)
    switch coordinates {
    case "asymmetric": return place / scale
    case "half_pixel": return (place + 0.5) / scale - 0.5
    case "pytorch_half_pixel": return new > 1 ? (place + 0.5) / scale - 0.5 : 0
    case "align_corners": return new > 1 ? place * Float(old - 1) / Float(new - 1) : 0
    default: throw ONNXRefusal("coordinates by '\(coordinates)' are not supported")
    }
  }
}
