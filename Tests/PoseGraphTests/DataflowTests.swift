import PoseCore
import Testing

@testable import PoseGraph

/// Who makes and reads values, and the patterns that are found with it.
struct DataflowTests {
  @Test("readers, outputs and producers are counted operand by operand")
  func readers() throws {
    let graph = try Graph("readers", input: [2, 3, 4]) { x, _ in
      let y = x * 2
      return ["y": y, "square": y * y, "z": x.relu()]
    }
    let dataflow = graph.dataflow
    let (x, y, square) = (graph.inputs[0].value, graph.outputs[0].value, graph.outputs[1].value)
    #expect(dataflow.readers(of: y) == [2, 2] && dataflow.readCount(of: y) == 3)
    #expect(dataflow.isOutput(y) && !dataflow.isOutput(x))
    #expect(
      dataflow.onlyReader(of: y) == nil && dataflow.onlyReader(of: x) == nil && dataflow.onlyReader(of: square) == nil)
    #expect(dataflow.producer(of: square) == 2)
  }

  @Test("a value that is read once, and is no output, has an only reader")
  func onlyReader() throws {
    let graph = try Graph("chain", input: [2, 3, 4]) { x, _ in ["y": x.relu().sigmoid()] }
    #expect(graph.dataflow.onlyReader(of: graph.inputs[0].value) == 1)
    #expect(graph.dataflow.onlyReader(of: graph.nodes[1].output) == 2)
  }

  @Test("channel shuffles are found with their groups", arguments: [2, 3, 4, 6])
  func shuffle(groups: Int) throws {
    let graph = try Graph("shuffle", input: [12, 2, 3]) { x, _ in ["y": x.channelShuffle(groups: groups)] }
    let shuffle = try #require(graph.dataflow.channelShuffle(from: 1))
    #expect(shuffle.nodes == [1, 2, 3] && shuffle.groups == groups && shuffle.channelsPerGroup == 12 / groups)
    #expect(Set(shuffle.channels) == Set(0..<12) && shuffle.channels[1] == 12 / groups)
    #expect(graph.dataflow.channelShuffle(from: 2) == nil)
  }

  @Test("nearest upsampling by whole factors is found, other resizing is not")
  func upsample() throws {
    let graph = try Graph("upsample", input: [2, 4, 6]) { x, _ in
      [
        "twice": x.resized(to: Size(height: 8, width: 12), .nearest),
        "odd": x.resized(to: Size(height: 8, width: 11), .nearest),
        "smooth": x.resized(to: Size(height: 8, width: 12), .bilinear(alignCorners: false)),
      ]
    }
    let dataflow = graph.dataflow
    #expect((1...3).map { dataflow.nearestUpsampleSource($0) } == [graph.inputs[0].value, nil, nil])
  }

  @Test("batch norms fold into the convolution that they alone follow")
  func foldable() throws {
    let graph = try Graph("norms", input: [2, 4, 6]) { x, scope in
      let a = (scope / "bn2").batchNorm((scope / "bn1").batchNorm((scope / "a").conv(x, to: 2)))
      let b = (scope / "b").conv(x, to: 2)
      return ["a": a, "b": (scope / "bn3").batchNorm(b) + b, "x": (scope / "bn4").batchNorm(x)]
    }
    #expect(graph.dataflow.foldableBatchNorms() == [2: 1, 3: 1])
    #expect(graph.dataflow.foldableBatchNorms { $0 != 1 } == [:])
  }

  @Test("a folded batch norm computes what convolution and norm do", arguments: [true, false])
  func folded(isTransposed: Bool) throws {
    let norm = ChannelAffine(batchNorm: [[2, 3], [1, -1], [0.5, 0.25], [3, 8]], epsilon: 1)
    #expect(norm.scale == [1, 1] && norm.shift == [0.5, -1.25])
    let scaled = ChannelAffine(batchNorm: [[2, 4], [0, 1], [0, 0], [3, 3]], epsilon: 1)
    let geometry = Convolution(kernel: 1, hasBias: !isTransposed)
    let operation: PoseGraph.Operation =
      isTransposed ? .transposedConvolution(geometry, outputPadding: 0) : .convolution(geometry)
    // Two outputs of three inputs; a transposed convolution has its weights by input first.
    let weights: [[Float]] = isTransposed ? [[1, 10, 2, 20, 3, 30]] : [[1, 2, 3, 10, 20, 30], [5, 6]]
    let result = try #require(scaled.folded(into: operation, weights: weights))
    #expect(result.weights[0] == (isTransposed ? [1, 20, 2, 40, 3, 60] : [1, 2, 3, 20, 40, 60]))
    #expect(result.weights[1] == (isTransposed ? [0, 1] : [5, 13]))
    #expect(scaled.folded(into: .linear, weights: weights) == nil)
  }
}

/// A programmer's errors stop the program with a message.
struct PreconditionTests {
  @Test("values of two graphs cannot be mixed")
  func mixedGraphs() async {
    await #expect(processExitsWith: .failure) {
      var other: Value?
      _ = try Graph("first", input: [2, 3, 4]) { x, _ in
        other = x
        return ["y": x]
      }
      _ = try Graph("second", input: [2, 3, 4]) { x, _ in ["y": other.map { x + $0 } ?? x] }
    }
  }

  @Test("a graph has no shape of another graph's value")
  func foreignValue() async {
    await #expect(processExitsWith: .failure) {
      let graph = try Graph("graph", input: [2, 3, 4]) { x, _ in ["y": x] }
      _ = graph.shape(of: 17)
    }
  }
}
