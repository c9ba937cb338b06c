import PoseGraph
import PoseTorch
import Testing

@testable import PoseTraining

struct AccuracyTests {
  /// Maps of 20 x 40 pixels, rows first, with one peak each.
  private func maps(_ peaks: [(x: Int, y: Int)], stride: Int = 1) throws -> TorchTensor {
    var values = [Float](repeating: 0, count: peaks.count * stride * 800)
    for (index, peak) in peaks.enumerated() { values[index * stride * 800 + peak.y * 40 + peak.x] = 1 }
    return try TorchTensor(values, [1, peaks.count * stride, 20, 40])
  }

  private func weights(_ values: [Float]) throws -> TorchTensor { try TorchTensor(values, [1, values.count, 1]) }

  @Test("x is measured in widths and y in heights", arguments: [1, 3])
  func heatmaps(_ stride: Int) throws {
    let accuracy = TrainingAccuracy(form: .heatmaps(mapsPerJoint: stride))
    let truth = try maps([(10, 10), (10, 10), (10, 10), (10, 10)], stride: stride)
    // A twentieth is 2 pixels across and 1 down.
    let found = try maps([(11, 10), (12, 10), (10, 11), (10, 10)], stride: stride)
    #expect(try accuracy([found], [truth], weights: weights([1, 1, 1, 1])) == 0.5)
    #expect(try accuracy([found], [truth], weights: weights([1, 0, 0, 1])) == 1)
    #expect(try accuracy([found], [truth], weights: weights([0, 0, 0, 0])) == nil)
  }

  @Test("classes and coordinates count in the same way")
  func others() throws {
    let x = try TorchTensor([0, 1, 0, 0, 0, 0, 0, 1], [1, 2, 4])
    let y = try TorchTensor([1, 0, 1, 0], [1, 2, 2])
    let classes = TrainingAccuracy(form: .classes)
    #expect(try classes([x, y], [x, y], weights: weights([1, 1])) == 1)
    let other = try TorchTensor([0, 1, 0, 0, 0, 0, 1, 0], [1, 2, 4])
    #expect(try classes([other, y], [x, y], weights: weights([1, 1])) == 0.5)
    let coordinates = TrainingAccuracy(form: .coordinates)
    let found = try TorchTensor([0.5, 0.5, 9, 9, 0.1, 0.2, 9, 9], [1, 2, 4])
    let truth = try TorchTensor([0.52, 0.52, 0.1, 0.26], [1, 2, 2])
    #expect(try coordinates([found], [truth], weights: weights([1, 1])) == 0.5)
  }
}
