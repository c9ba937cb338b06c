/// A part of a loss by name, weighted.
struct LossTerm {
  let name: String
  let value: TorchTensor

  init(_ name: String, _ value: TorchTensor, weight: Double = 1) throws(LibTorchError) {
    (self.name, self.value) = (name, weight == 1 ? value : try ATen.mulScalar(value, b: weight))
  }

  /// 0 that gives each of some tensors a gradient of zeros, where nothing else gives it one: processes that train together
  /// wait for the gradients of all parameters.
  static func nothing(of tensors: [TorchTensor]) throws(LibTorchError) -> LossTerm {
    var sums: [TorchTensor] = []
    for tensor in tensors { sums.append(try ATen.sum(tensor, type: nil)) }
    return try LossTerm("nothing", sums.sum(), weight: 0)
  }
}
