import Foundation
import PoseConfiguration
import PoseEngine
import PoseFormats
import PoseGraph
import PoseImage
import PoseMedia
import TestSupport
import Testing

@testable import PoseEstimation

/// A detector's ONNX file as weights to train on.
struct UnfoldedModelTests {
  @Test("the published ONNX file's raw outputs are those of its weights", .needsSharedData)
  func published() throws {
    let path = try SharedData.url("weights/rtmdet_nano_person.onnx").path
    let model = try Model(unfolding: path, configuration: "rtmdet_nano_person")
    let engine = try Engine(model.graph, model.checkpoint)
    let arrays = try GoldenFile.archive("golden/detect/rtmdet_nano_person_onnx.npz")
    let (image, input) = (model.configuration.image, model.configuration.model.input)
    var compared = 0
    for picture in ["samples/coco/000000000785.jpg", "samples/ochuman/000817.jpg"] {
      var planes = [Float](repeating: 0, count: 3 * input.width * input.height)
      try Image(contentsOf: SharedData.url("data/\(picture)").path).withView { view in
        let size = Size(height: view.height, width: view.width)
        let placement = image.inputGeometry(for: input).placement(of: nil, in: size, input: input)
        planes.withUnsafeMutableBufferPointer {
          view.encode(placement, toPicture: nil, encoding: image.encoding, into: $0)
        }
      }
      let outputs = try engine(Tensor(shape: [1, 3, input.height, input.width], planes))
      for (port, output) in zip(model.graph.outputs, outputs) {
        let expected = try arrays.tensor("\(picture).\(port.name)").floats
        let largest = expected.map(\.magnitude).max() ?? 0
        let worst = zip(output.tensor.floats, expected).map { ($0 - $1).magnitude }.max() ?? .infinity
        #expect(worst < 1e-4 * largest, "\(picture) \(port.name): \(worst / largest)")
        compared += 1
      }
    }
    #expect(compared == 12)
  }

  @Test("the weights of a file that this library exported give the same outputs")
  func exported() throws {
    let configuration = try Zoo.configuration(named: "rtmdet_nano_person")
    let graph = try configuration.graph()
    let weights = WeightRecipe.checkpoint(for: graph)
    let url = try ScratchFolder("unfolded").url.appending(path: "mine.onnx")
    try Data(graph.onnx(weights)).write(to: url)
    let model = try Model(unfolding: url.path, configuration: configuration.name)
    let input = try WeightRecipe.input(shape: [1, 3, 320, 320])
    let (outputs, expected) = (try Engine(graph, model.checkpoint)(input), try Engine(graph, weights)(input))
    for (output, expected) in zip(outputs, expected) {
      let largest = expected.tensor.floats.map(\.magnitude).max() ?? 0
      let worst = zip(output.tensor.floats, expected.tensor.floats).map { ($0 - $1).magnitude }.max() ?? .infinity
      #expect(worst < 1e-4 * largest, "\(worst / largest)")
    }
    let error = #expect(throws: FormatError.self) {
      try Model(unfolding: url.path, configuration: "rtmdet_tiny_person")
    }
    #expect(error?.description.contains("name the configuration that the file was made from") == true)
  }
}
