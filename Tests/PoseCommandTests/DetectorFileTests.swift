import Foundation
import PoseFormats
import PoseGraph
import TestSupport
import Testing

/// Detectors that come as ONNX files.
struct DetectorFileTests {
  /// A detector of YOLOX's outputs and 80 classes, which finds a person in the middle of every picture.
  static let detector = Result {
    let (count, width) = (16 + 4 + 1, 85)
    let graph = try Graph("places", input: [3, 32, 32]) { image, scope in
      let mean = image.reduced(.mean, axes: [1, 2, 3], keepsAxes: true).reshaped(to: [1, 1])
      let all = (scope / "all").linear(mean, to: count * width, bias: true)
      return ["output": all.reshaped(to: [1, count, width])]
    }
    var numbers = Array(repeating: Float(0), count: count * width)
    numbers.replaceSubrange(20 * width..<20 * width + 6, with: [0.5, 0.5, -1, -1, 0.75, 1])
    var checkpoint = Checkpoint()
    checkpoint["all.weight"] = try Tensor(shape: [count * width, 1], Array(repeating: 0, count: count * width))
    checkpoint["all.bias"] = try Tensor(shape: [count * width], numbers)
    return try Sample.file(Data(graph.onnx(checkpoint)), "onnx")
  }

  @Test("detect and predict find people by an ONNX file")
  func finds() throws {
    let detector = try Self.detector.get()
    let found = try Command("detect", Sample.picture, "--detector", detector, "--json", "-")
    #expect(found.code == 0 && found.errors.contains("using yolox (from the form of its outputs)"))
    #expect(found.output.contains("\"detector\": \"yolox\"") && found.output.contains("\"score\":0.75"))
    let posed = try Command(
      ["predict", try Sample.picture, "--detector", detector, "--json", "-"] + Sample.model)
    #expect(posed.code == 0 && posed.output.contains("\"box_score\":0.75"))
  }

  @Test("a detector's input is as large as asked for, and a file that fixes it says so")
  func inputs() throws {
    let detector = try Self.detector.get()
    let other = try Command("detect", Sample.picture, "--detector", detector, "--detector-input", "64x64")
    #expect(other.code == 65 && other.errors.contains("[3, 64, 64] does not fit [3, 32, 32]"))
    for size in ["64", "8x64", "64x8192"] {
      let wrong = try Command("detect", Sample.picture, "--detector", detector, "--detector-input", size)
      #expect(wrong.code == 64 && wrong.errors.contains("32 to 4096"), "\(size)")
    }
    let whole = try Command("predict", Sample.picture, "--detector", "whole", "--detector-input", "64x64")
    #expect(whole.code == 64 && whole.errors.contains("--detector-input goes with"))
  }

  @Test("an ONNX file that is no detector exits with 65 and says what a detector's outputs are")
  func refuses() throws {
    let graph = try Graph("relu", input: [3, 8, 8]) { image, _ in ["y": image.relu()] }
    let file = try Sample.file(Data(graph.onnx(Checkpoint())), "onnx")
    let run = try Command("detect", Sample.picture, "--detector", file)
    #expect(run.code == 65 && run.errors.contains(file) && run.errors.contains("no detector of a known form"))
  }
}
