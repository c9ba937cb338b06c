import PoseCore

// Operators without parameters or a module of their own: functions of values.

extension Value {
  private func apply(_ operation: Operation, _ others: Value...) -> Value {
    builder.append(operation, [self] + others, path: path)
  }

  public func unary(_ function: Unary) -> Value { apply(.unary(function)) }
  public func relu() -> Value { unary(.relu) }
  public func sigmoid() -> Value { unary(.sigmoid) }

  public static func + (a: Value, b: Value) -> Value { a.apply(.binary(.add), b) }
  public static func - (a: Value, b: Value) -> Value { a.apply(.binary(.subtract), b) }
  public static func * (a: Value, b: Value) -> Value { a.apply(.binary(.multiply), b) }
  public static func / (a: Value, b: Value) -> Value { a.apply(.binary(.divide), b) }
  public static func + (a: Value, b: Float) -> Value { a.apply(.scalar(.add, b)) }
  public static func - (a: Value, b: Float) -> Value { a.apply(.scalar(.subtract, b)) }
  public static func * (a: Value, b: Float) -> Value { a.apply(.scalar(.multiply, b)) }
  public static func / (a: Value, b: Float) -> Value { a.apply(.scalar(.divide, b)) }

  /// The larger (or other function) of each pair of numbers.
  public func combined(_ function: Binary, _ other: Value) -> Value { apply(.binary(function), other) }
  public func combined(_ function: Binary, _ number: Float) -> Value { apply(.scalar(function, number)) }

  /// The matrix product of the last two axes.
  public func matmul(_ other: Value) -> Value { apply(.matmul, other) }
  public func softmax(axis: Int) -> Value { apply(.softmax(axis: normalized(axis))) }

  public func reduced(_ reduction: Reduction, axes: [Int], keepsAxes: Bool = false) -> Value {
    apply(.reduce(reduction, axes: axes.map(normalized), keepsAxes: keepsAxes))
  }

  public func adaptiveAveragePool(to size: Size) -> Value {
    apply(.adaptiveAveragePool(height: size.height, width: size.width))
  }

  public func resized(to size: Size, _ mode: Resize.Mode) -> Value { apply(.resize(Resize(to: size, mode))) }
  public func pool(_ pooling: Pooling) -> Value { apply(.pool(pooling)) }

  /// To a shape whose axis 0 is the batch; one extent may be -1 and is then inferred.
  public func reshaped(to shape: [Int]) -> Value {
    let known = shape.filter { $0 >= 0 }.reduce(1, *)
    let count = Tensor.count(of: self.shape) ?? 0
    let shape = shape.map { $0 == -1 && known > 0 ? count / known : $0 }
    return shape == self.shape ? self : apply(.reshape(shape))
  }

  /// The axes in another order.
  public func transposed(_ order: [Int]) -> Value { apply(.transpose(order)) }

  /// Dropout of single numbers; the identity outside training.
  public func dropped(rate: Float) -> Value { apply(.dropout(rate: rate, .scalar)) }

  /// The same, which training takes no gradient through.
  public func detached() -> Value { apply(.detach) }

  /// Part of an axis.
  public func slice(axis: Int, _ range: Range<Int>, step: Int = 1) -> Value {
    apply(.slice(axis: normalized(axis), start: range.lowerBound, end: range.upperBound, step: step))
  }

  /// Equal parts of an axis.
  public func split(axis: Int, into parts: Int) -> [Value] {
    let extent = extent(axis)
    guard parts > 0, extent % parts == 0 else {
      builder.fail(path, "\(extent) entries of axis \(axis) do not split into \(parts) equal parts")
      return Array(repeating: self, count: max(parts, 1))
    }
    let size = extent / parts
    return (0..<parts).map { slice(axis: axis, $0 * size..<($0 + 1) * size) }
  }

  /// Parts of the given sizes of an axis.
  public func split(axis: Int, sizes: [Int]) -> [Value] {
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return slice(axis: axis, start..<max(start + size, start))
    }
  }

  public func padded(before: [Int], after: [Int], value: Float = 0) -> Value {
    apply(.pad(before: before, after: after, value: value))
  }

  public func gathered(axis: Int, indices: [Int]) -> Value {
    apply(.gather(axis: normalized(axis), indices: indices))
  }

  /// Bilinear samples at positions `N x h x w x 2` in -1...1.
  public func sampled(at positions: Value, alignCorners: Bool) -> Value {
    apply(.gridSample(alignCorners: alignCorners), positions)
  }

  /// Channels dealt out over groups: with two groups of three, 0 3 1 4 2 5 (Zhang et al., ShuffleNet, CVPR 2018).
  public func channelShuffle(groups: Int) -> Value {
    guard groups > 0, channels % groups == 0 else {
      builder.fail(path, "\(channels) channels do not shuffle over \(groups) groups")
      return self
    }
    let (height, width) = (size.height, size.width)
    return reshaped(to: [1, groups, channels / groups, height, width])
      .transposed([0, 2, 1, 3, 4])
      .reshaped(to: [1, channels, height, width])
  }

  /// The same value, whose further functions are named by a scope in error messages.
  public func named(_ scope: Scope) -> Value { Value(builder: builder, id: id, path: scope.path) }

  private func normalized(_ axis: Int) -> Int { axis < 0 ? shape.count + axis : axis }
}

extension Scope {
  /// Values joined on an axis, as a function of the module at this scope.
  public func concat(_ values: [Value], axis: Int = 1) -> Value {
    builder.append(.concat(axis: axis), values, path: path)
  }
}
