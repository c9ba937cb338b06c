import CTorch
import PoseGraph

extension TorchTensor {
  /// All the same number.
  public static func full(
    _ shape: [Int], _ value: Double, type: TorchType = .float32, device: Device = .cpu
  ) throws(LibTorchError) -> TorchTensor {
    try TorchTensor(
      taking: torch_full(shape, shape.count, value, type.rawValue, device.type, device.index), "full")
  }

  public static func zeros(
    _ shape: [Int], type: TorchType = .float32, device: Device = .cpu
  ) throws(LibTorchError) -> TorchTensor {
    try full(shape, 0, type: type, device: device)
  }

  /// A copy of a tensor's scalars.
  public convenience init(_ tensor: Tensor, device: Device = .cpu) throws(LibTorchError) {
    let type = TorchType(tensor.type).rawValue
    let handle = tensor.bytes.withUnsafeBytes {
      torch_from_bytes($0.baseAddress, tensor.shape, tensor.shape.count, type)
    }
    let copy = try TorchTensor(taking: handle, "from bytes")
    try self.init(taking: torch_to_device(copy.handle, device.type, device.index, false), "to device")
  }

  /// A copy of scalars in C order.
  ///
  /// - Throws: ``LibTorchError`` where they do not fill the shape.
  public convenience init(_ scalars: [Float], _ shape: [Int], device: Device = .cpu) throws(LibTorchError) {
    let tensor: Tensor
    do throws(TensorError) {
      tensor = try Tensor(shape: shape, scalars)
    } catch {
      throw LibTorchError(operation: "tensor", reason: error.description)
    }
    try self.init(tensor, device: device)
  }

  /// A copy of scalars in C order.
  ///
  /// - Throws: ``LibTorchError`` where they do not fill the shape.
  public convenience init(
    _ scalars: UnsafeBufferPointer<Float>, _ shape: [Int], device: Device = .cpu
  ) throws(LibTorchError) {
    guard Tensor.count(of: shape) == scalars.count else {
      throw LibTorchError(operation: "tensor", reason: "\(scalars.count) scalars do not fill \(shape)")
    }
    let handle = torch_from_bytes(scalars.baseAddress, shape, shape.count, TorchType.float32.rawValue)
    let copy = try TorchTensor(taking: handle, "from bytes")
    try self.init(taking: torch_to_device(copy.handle, device.type, device.index, false), "to device")
  }

  /// A copy of the scalars, from any device, without their history.
  ///
  /// - Throws: ``LibTorchError`` where the type is unknown to ``PoseGraph``.
  public func tensor() throws(LibTorchError) -> Tensor {
    guard let type = type?.scalarType else {
      throw LibTorchError(operation: "copy", reason: "the scalars are of a type that checkpoints cannot hold")
    }
    let shape = shape
    var bytes = [UInt8](repeating: 0, count: count * type.byteCount)
    let succeeded = bytes.withUnsafeMutableBytes { buffer in
      with { torch_copy_bytes($0, buffer.baseAddress, buffer.count) }
    }
    try LibTorchError.check(succeeded, "copy")
    do throws(TensorError) {
      return try Tensor(shape: shape, type: type, bytes: bytes)
    } catch {
      throw LibTorchError(operation: "copy", reason: error.description)
    }
  }

  /// The scalars as float32, in C order.
  public func floats() throws(LibTorchError) -> [Float] { try tensor().floats }

  /// The only number of a tensor with one; waits for the device.
  public func item() throws(LibTorchError) -> Double {
    var value = 0.0
    let succeeded = with { torch_item($0, &value) }
    try LibTorchError.check(succeeded, "item")
    return value
  }

  public func to(_ device: Device, nonBlocking: Bool = false) throws(LibTorchError) -> TorchTensor {
    if device == self.device { return self }
    return try with { handle throws(LibTorchError) in
      try TorchTensor(taking: torch_to_device(handle, device.type, device.index, nonBlocking), "to device")
    }
  }

  public func to(_ type: TorchType) throws(LibTorchError) -> TorchTensor {
    if type == self.type { return self }
    return try ATen.toType(self, type: type, nonBlocking: false, copy: false)
  }
}

extension TorchTensor {
  /// The place of the largest number of each map or row: of everything behind the second axis.
  ///
  /// - Parameter step: takes one map in so many.
  public func peaks(every step: Int = 1) throws(LibTorchError) -> [Int] {
    let shape = shape
    guard shape.count > 2, step > 0 else {
      throw LibTorchError(operation: "peaks", reason: "takes N x K x ..., not \(shape)")
    }
    let chosen = step == 1 ? self : try ATen.slice(self, axis: 1, start: 0, end: shape[1], step: step)
    let flat = try ATen.reshape(chosen, shape: [shape[0], chosen.shape[1], -1])
    return try ATen.argmax(flat, axis: 2, keepsAxis: false).floats().map { Int($0) }
  }
}
