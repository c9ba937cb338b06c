import PoseCore
import PoseImage
import Testing

@testable import PoseCodecs

/// Decoders of detectors that come as files.
struct FileDetectorDecoderTests {
  static let placement = Placement(.identity, input: 32)

  private static func corners(_ detection: Detection) -> [Double] {
    let box = detection.boundingBox
    return [box.x, box.y, box.x + box.width, box.y + box.height].map { ($0 * 1e4).rounded() / 1e4 }
  }

  @Test("boxes are suppressed within their class, the best first")
  func boxes() {
    let boxes: [Float] = [0, 0, 10, 10, 1, 0, 11, 10, 20, -4, 30, 10, 5, 5, 5, 9]
    let scores: [Float] = [0.5, 0.1, 0.75, 0.05, 0.25, 0.5, 0.9, 0.9]
    let outputs = Outputs([
      "boxes": OutputTensor(shape: [4, 4], values: boxes), "scores": OutputTensor(shape: [4, 2], values: scores),
    ])
    var decoder = BoxDecoder(threshold: 0.05, overlap: 0.6)
    let found = decoder.decode(outputs, Self.placement)
    // The last box is empty.
    #expect(found.map(\.score) == [0.75, 0.5, 0.25, Double(Float(0.1))] && found.map(\.label) == [0, 1, 0, 1])
    #expect(Self.corners(found[0]) == [1, 0, 11, 10] && Self.corners(found[1]) == [20, -4, 30, 10])
    decoder.likeliest = true
    #expect(decoder.decode(outputs, Self.placement).map(\.score) == [0.75, 0.5])
    decoder.likeliest = false
    decoder.perClass = 1
    #expect(decoder.decode(outputs, Self.placement).map(\.score) == [0.75, 0.5])
    decoder.limit = 1
    #expect(decoder.decode(outputs, Self.placement).map(\.score) == [0.75])
    decoder.candidates = 2
    decoder.limit = 9
    #expect(decoder.decode(outputs, Self.placement).isEmpty)
  }

  @Test("a distance is the mean of its bins, in strides from the middle of its place, and boxes are clipped")
  func distributions() {
    // Four places of stride 16 in 32x32 pixels; level 0 has none above the threshold.
    func distances(_ places: Int, _ bins: [Int: [Int]]) -> OutputTensor {
      var values = Array(repeating: Float(0), count: places * 4 * 8)
      for (place, own) in bins {
        for (side, bin) in own.enumerated() { values[(place * 4 + side) * 8 + bin] = 100 }
      }
      return OutputTensor(shape: [places, 32], values: values)
    }
    let outputs = Outputs([
      "scores.0": OutputTensor(shape: [16, 1], values: Array(repeating: 0.01, count: 16)),
      "scores.1": OutputTensor(shape: [4, 1], values: [0.02, 0.75, 0.5, 0.25]),
      "distances.0": distances(16, [:]), "distances.1": distances(4, [1: [1, 0, 1, 1], 2: [0, 1, 1, 0]]),
    ])
    let found = PicoDetDecoder().decode(outputs, Self.placement)
    #expect(found.map(\.score) == [0.75, 0.5, 0.25])
    // Around (24, 8): the right side would be at 40.
    #expect(Self.corners(found[0]) == [8, 8, 32, 24] && Self.corners(found[1]) == [8, 8, 24, 24])
    // Even bins have the mean 3.5, which is 56 pixels.
    #expect(Self.corners(found[2]) == [0, 0, 32, 32])
    #expect(PicoDetDecoder(threshold: 0.4, overlap: 0.45).decode(outputs, Self.placement).count == 1)
  }

  @Test("outputs that are missing or of other shapes are refused")
  func refuses() throws {
    let boxes = ["boxes": [6, 4], "scores": [6, 2]]
    try BoxDecoder().check(boxes, skeleton: nil)
    let levels = ["scores.0": [16, 3], "scores.1": [4, 3], "distances.0": [16, 32], "distances.1": [4, 32]]
    try PicoDetDecoder().check(levels, skeleton: nil)
    let faults: [(any OutputDecoder, [String: [Int]], String, [Int]?)] = [
      (BoxDecoder(), boxes, "boxes", [6, 5]), (BoxDecoder(), boxes, "scores", [5, 2]),
      (BoxDecoder(), boxes, "scores", nil), (PicoDetDecoder(), levels, "scores.0", nil),
      (PicoDetDecoder(), levels, "scores.1", [4, 2]), (PicoDetDecoder(), levels, "distances.1", [4, 30]),
      (PicoDetDecoder(), levels, "distances.0", [15, 32]), (PicoDetDecoder(), levels, "distances.0", [16, 4]),
    ]
    for (decoder, ports, port, shape) in faults {
      var other = ports
      other[port] = shape
      #expect(throws: DecoderError.self, "\(port)") { try decoder.check(other, skeleton: nil) }
    }
    #expect(BoxDecoder(threshold: 2).invalidSetting?.key == "threshold")
    #expect(BoxDecoder(perClass: 0).invalidSetting?.key == "per_class")
    #expect(PicoDetDecoder(overlap: -1).invalidSetting?.key == "overlap")
  }

  @Test("numbers far out of range give no box that is not finite")
  func extremes() {
    let values: [Float] = [.greatestFiniteMagnitude, -Float.greatestFiniteMagnitude, 0, 90]
    for value in values {
      func tensor(_ shape: [Int]) -> OutputTensor {
        OutputTensor(shape: shape, values: Array(repeating: value, count: shape.reduce(1, *)))
      }
      let outputs = Outputs([
        "boxes": tensor([3, 4]), "scores": tensor([3, 2]), "scores.0": tensor([16, 2]),
        "distances.0": tensor([16, 32]),
      ])
      let found =
        BoxDecoder().decode(outputs, Self.placement) + PicoDetDecoder().decode(outputs, Self.placement)
      for detection in found {
        let box = detection.boundingBox
        #expect([box.x, box.y, box.width, box.height].allSatisfy(\.isFinite) && (0...1).contains(detection.score))
      }
    }
  }
}
