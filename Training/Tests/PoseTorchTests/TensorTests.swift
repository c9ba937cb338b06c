import PoseGraph
import Testing

@testable import PoseTorch

struct TensorTests {
  @Test("scalars of every type come back as they were", arguments: ScalarType.allCases)
  func roundTrips(_ type: ScalarType) throws {
    let bytes = (0..<6 * type.byteCount).map { type == .bool ? UInt8($0 % 2) : UInt8($0) }
    let tensor = try Tensor(shape: [2, 3], type: type, bytes: bytes)
    let copy = try TorchTensor(tensor)
    #expect(copy.shape == [2, 3])
    #expect(copy.type == TorchType(type))
    #expect(try copy.tensor() == tensor)
  }

  @Test("gradients reach the tensors that ask for them, and only those")
  func gradients() throws {
    let (a, b) = (try TorchTensor([1, 2, 3], [3]), try TorchTensor([4, 5, 6], [3]))
    try a.setRequiresGradient(true)
    try ATen.sum(ATen.mul(a, b), type: nil).backward()
    #expect(try a.gradient?.floats() == [4, 5, 6])
    #expect(b.gradient == nil)
    try withoutGradients { () throws(LibTorchError) in
      #expect(try !ATen.mul(a, b).requiresGradient)
    }
  }

  @Test("what LibTorch throws is an error with its operator and a sentence")
  func errors() throws {
    let tensor = try TorchTensor.zeros([2, 3])
    let error = #expect(throws: LibTorchError.self) { try ATen.matmul(tensor, tensor) }
    #expect(error?.description == "matmul: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")
    #expect(throws: LibTorchError.self) { try TorchTensor([1, 2], [3]) }
    #expect(throws: LibTorchError.self) { try TorchTensor.zeros([-1]) }
    #expect(throws: LibTorchError.self) { try tensor.item() }
  }
}
