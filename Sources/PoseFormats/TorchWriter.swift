import PoseGraph

extension Checkpoint {
  /// The bytes of a `.pth` file that `torch.load(path, weights_only=True)` reads. The file holds an `OrderedDict` of
  /// tensors or, if there is metadata, the dictionary of `meta` and `state_dict` that MMCV writes. The types of the
  /// tensors are kept.
  ///
  /// - Throws: ``ZipError``, but never for names of ordinary length.
  public func torch() throws(ZipError) -> [UInt8] {
    var pickle = Pickler(protocol: 2)
    if metadata.isEmpty {
      pickle.stateDictionary(of: self)
    } else {
      pickle.code("}(")
      pickle.text("meta")
      pickle.code("}(")
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
        pickle.text(key)
        pickle.text(value)
      }
      pickle.code("u")
      pickle.text("state_dict")
      pickle.stateDictionary(of: self)
      pickle.code("u")
    }
    pickle.code(".")

    // PyTorch maps storages into memory, for which they must be aligned.
    var writer = ZipWriter(alignment: 64)
    try writer.append("archive/data.pkl", pickle.bytes)
    try writer.append("archive/byteorder", Array("little".utf8))
    for (index, name) in names.enumerated() {
      guard let tensor = self[name] else { continue }
      try writer.append("archive/data/\(index)", tensor.bytes)
    }
    try writer.append("archive/version", Array("3\n".utf8))
    return writer.finish()
  }
}

extension Pickler {
  fileprivate mutating func stateDictionary(of checkpoint: Checkpoint) {
    global("collections", "OrderedDict")
    code(")R(")
    for (index, name) in checkpoint.names.enumerated() {
      guard let tensor = checkpoint[name] else { continue }
      text(name)
      self.tensor(tensor, storage: index)
    }
    code("u")
  }

  /// `torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`.
  private mutating func tensor(_ tensor: Tensor, storage: Int) {
    global("torch._utils", "_rebuild_tensor_v2")
    code("((")
    text("storage")
    global("torch", tensor.type.torchStorage)
    text("\(storage)")
    text("cpu")
    integer(tensor.count)
    code("tQ")
    integer(0)
    tuple(tensor.shape)
    tuple(strides(of: tensor.shape))
    truth(false)
    global("collections", "OrderedDict")
    code(")RtR")
  }

  private func strides(of shape: [Int]) -> [Int] {
    var strides: [Int] = []
    var stride = 1
    for extent in shape.reversed() {
      strides.append(stride)
      // The strides of an empty tensor do not matter, but computing them from huge extents must not overflow.
      stride = stride.multipliedReportingOverflow(by: max(extent, 1)).partialValue
    }
    return strides.reversed()
  }
}
