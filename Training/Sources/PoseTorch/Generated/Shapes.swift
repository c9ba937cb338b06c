// swift-format-ignore-file
// Written by generate-operators from operators.txt.
import CTorch

extension ATen {
  static func reshape(_ a: TorchTensor, shape: [Int]) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_reshape(a.handle, shape, shape.count), "reshape")
  }

  static func permute(_ a: TorchTensor, order: [Int]) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_permute(a.handle, order, order.count), "permute")
  }

  static func cat(_ parts: [TorchTensor], axis: Int) throws(LibTorchError) -> TorchTensor {
    try withHandles(parts) { parts_ throws(LibTorchError) in try TorchTensor(taking: torch_cat(parts_, parts.count, axis), "cat") }
  }

  static func stack(_ parts: [TorchTensor], axis: Int) throws(LibTorchError) -> TorchTensor {
    try withHandles(parts) { parts_ throws(LibTorchError) in try TorchTensor(taking: torch_stack(parts_, parts.count, axis), "stack") }
  }

  static func split_with_sizes(_ a: TorchTensor, sizes: [Int], axis: Int) throws(LibTorchError) -> [TorchTensor] {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor.list("split_with_sizes") { results, count in torch_split_with_sizes(a.handle, sizes, sizes.count, axis, results, count) }
  }

  static func slice(_ a: TorchTensor, axis: Int, start: Int?, end: Int?, step: Int) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try withOptional(start) { start_ throws(LibTorchError) in try withOptional(end) { end_ throws(LibTorchError) in try TorchTensor(taking: torch_slice(a.handle, axis, start_, end_, step), "slice") } }
  }

  static func select(_ a: TorchTensor, axis: Int, index: Int) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_select(a.handle, axis, index), "select")
  }

  static func unsqueeze(_ a: TorchTensor, axis: Int) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_unsqueeze(a.handle, axis), "unsqueeze")
  }

  static func expand(_ a: TorchTensor, shape: [Int], implicit: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_expand(a.handle, shape, shape.count, implicit), ".expand")
  }

  static func index_select(_ a: TorchTensor, axis: Int, _ indices: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, indices)) {} }
    return try TorchTensor(taking: torch_index_select(a.handle, axis, indices.handle), "index_select")
  }

  static func gather(_ a: TorchTensor, axis: Int, _ indices: TorchTensor, sparse: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, indices)) {} }
    return try TorchTensor(taking: torch_gather(a.handle, axis, indices.handle, sparse), "gather")
  }

  static func index_copy(_ a: TorchTensor, axis: Int, _ indices: TorchTensor, _ source: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, indices, source)) {} }
    return try TorchTensor(taking: torch_index_copy(a.handle, axis, indices.handle, source.handle), "index_copy")
  }

  static func constant_pad_nd(_ a: TorchTensor, amounts: [Int], value: Double) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_constant_pad_nd(a.handle, amounts, amounts.count, value), "constant_pad_nd")
  }

  static func clone(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_clone(a.handle), "clone")
  }

  static func detach(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_detach(a.handle), "detach")
  }

  static func contiguous(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_contiguous(a.handle), ".contiguous")
  }

  static func toType(_ a: TorchTensor, type: TorchType, nonBlocking: Bool, copy: Bool) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_toType(a.handle, type.rawValue, nonBlocking, copy), ".to")
  }

  static func zeros_like(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_zeros_like(a.handle), "zeros_like")
  }

  static func ones_like(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_ones_like(a.handle), "ones_like")
  }

  static func empty_like(_ a: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a)) {} }
    return try TorchTensor(taking: torch_empty_like(a.handle), "empty_like")
  }

  static func matmul(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    defer { withExtendedLifetime((a, b)) {} }
    return try TorchTensor(taking: torch_matmul(a.handle, b.handle), "matmul")
  }
}
