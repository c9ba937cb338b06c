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

  /// The numbers of all channels that maps `groups x channels x ...` have at some pixels, `count x channels`.
  func vectors(
    at places: some Sequence<(group: Int, pixel: Int)>, channels: Int, area: Int
  ) throws(LibTorchError) -> TorchTensor {
    let indices = places.flatMap { place in
      (0..<channels).map { (place.group * channels + $0) * area + place.pixel }
    }
    let found = try ATen.index_select(
      ATen.reshape(self, shape: [-1]), axis: 0, TorchTensor(indices: indices, device: device))
    return try ATen.reshape(found, shape: [-1, channels])
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
