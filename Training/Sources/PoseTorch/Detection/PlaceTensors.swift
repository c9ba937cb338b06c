extension TorchTensor {
  /// Maps `N x channels x H x W` of all levels as `N x places x channels`.
  static func placewise(_ maps: some Sequence<TorchTensor>) throws(LibTorchError) -> TorchTensor {
    var parts: [TorchTensor] = []
    for map in maps {
      let shape = map.shape
      parts.append(
        try ATen.reshape(
          ATen.permute(map, order: [0, 2, 3, 1]), shape: [shape[0], shape[2] * shape[3], shape[1]]))
    }
    return try ATen.cat(parts, axis: 1)
  }

  /// The same numbers of another tensor's type.
  func to(like other: TorchTensor) throws(LibTorchError) -> TorchTensor { try to(other.type ?? .float32) }

  /// Numbers in C order, of another tensor's type and on its device.
  static func numbers(
    _ scalars: [Float], _ shape: [Int], like other: TorchTensor
  ) throws(LibTorchError) -> TorchTensor {
    try TorchTensor(scalars, shape, device: other.device).to(like: other)
  }
}
