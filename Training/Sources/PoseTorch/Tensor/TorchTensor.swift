import CTorch
import PoseGraph

/// A tensor of LibTorch's: numbers on a device and, where asked for, the history that gradients take.
///
/// Its memory goes when the last reference does. LibTorch's tensors change under their owners' hands, so one belongs to
/// one task at a time.
public final class TorchTensor {
  let handle: torch_tensor

  /// Takes over what LibTorch returned.
  init(taking handle: torch_tensor?, _ operation: StaticString) throws(LibTorchError) {
    guard let handle else { throw LibTorchError.last(operation) }
    self.handle = handle
  }

  deinit { torch_release(handle) }

  /// The extent of each axis; empty for a scalar.
  public var shape: [Int] { with { handle in (0..<torch_axes(handle)).map { torch_extent(handle, $0) } } }
  public var count: Int { with(torch_count) }
  /// Nil for types that the rest of the project does not know, such as complex numbers.
  public var type: TorchType? { with { TorchType(rawValue: torch_type($0)) } }
  public var device: Device { with { Device(type: torch_device($0), index: torch_device_index($0)) } }

  /// Several tensors as one, along the first axis.
  public static func joined(_ tensors: [TorchTensor]) throws(LibTorchError) -> TorchTensor {
    try ATen.cat(tensors, axis: 0)
  }

  /// Reads the handle; the tensor lives at least as long.
  func with<Result, Failure: Error>(_ body: (torch_tensor) throws(Failure) -> Result) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(handle)
  }

  static func pair(
    _ operation: StaticString, _ body: (UnsafeMutablePointer<torch_tensor?>) -> torch_tensor?
  ) throws(LibTorchError) -> (TorchTensor, TorchTensor) {
    var second: torch_tensor?
    let first = try TorchTensor(taking: body(&second), operation)
    return (first, try TorchTensor(taking: second, operation))
  }

  static func list(
    _ operation: StaticString,
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<torch_tensor?>?>, UnsafeMutablePointer<Int>) -> Bool
  ) throws(LibTorchError) -> [TorchTensor] {
    var handles: UnsafeMutablePointer<torch_tensor?>?
    var count = 0
    try LibTorchError.check(body(&handles, &count), operation)
    defer { torch_free(handles) }
    var tensors: [TorchTensor] = []
    for handle in UnsafeBufferPointer(start: handles, count: count) {
      tensors.append(try TorchTensor(taking: handle, operation))
    }
    return tensors
  }
}

/// LibTorch's operators, as `operators.txt` lists them.
enum ATen {}

/// Lends the handles of several tensors, which live at least as long.
func withHandles<Result>(
  _ tensors: [TorchTensor], _ body: (UnsafePointer<torch_tensor?>?) throws(LibTorchError) -> Result
) throws(LibTorchError) -> Result {
  let handles = tensors.map { Optional($0.handle) }
  defer { withExtendedLifetime(tensors) {} }
  do {
    return try handles.withUnsafeBufferPointer { try body($0.baseAddress) }
  } catch let error as LibTorchError {
    throw error
  } catch {
    throw LibTorchError(operation: "", reason: "\(error)")
  }
}

func withOptional<Result>(
  _ value: Int?, _ body: (UnsafePointer<Int>?) throws(LibTorchError) -> Result
) throws(LibTorchError) -> Result {
  guard let value else { return try body(nil) }
  var copy = value
  return try body(&copy)
}

/// What a tensor's scalars are, by LibTorch's numbers.
public enum TorchType: Int32, Sendable, Hashable, CaseIterable {
  case uint8 = 0
  case int8 = 1
  case int16 = 2
  case int32 = 3
  case int64 = 4
  case float16 = 5
  case float32 = 6
  case float64 = 7
  case bool = 11
  case bfloat16 = 15

  public init(_ type: ScalarType) {
    self =
      switch type {
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float32: .float32
      case .float64: .float64
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .uint8: .uint8
      case .bool: .bool
      }
  }

  public var scalarType: ScalarType {
    switch self {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .uint8: .uint8
    case .bool: .bool
    }
  }
}
