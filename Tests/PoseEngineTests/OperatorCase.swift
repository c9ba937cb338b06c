import PoseCore
import PoseEngine
import Testing

@testable import PoseGraph

/// A small network around one operator.
struct OperatorCase: Sendable, CustomTestStringConvertible {
  let name: String
  let input: [Int]
  let build: @Sendable (Value, Scope) -> GraphOutputs
  var testDescription: String { "\(name) of \(input)" }

  init(
    _ name: String, _ input: [Int], _ build: @escaping @Sendable (Value, Scope) -> GraphOutputs
  ) { (self.name, self.input, self.build) = (name, input, build) }

  /// Expects every engine to agree with the reference: all kernels, one and several threads, several images.
  func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let graph = try Graph(name, input: input, build)
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    let batch = try WeightRecipe.input(shape: [2] + input)
    let count = input.reduce(1, *)
    let reference = ReferenceExecutor(graph: graph, checkpoint: checkpoint)
    let expected = (0..<2).map { reference(Array(batch.floats[$0 * count..<($0 + 1) * count])) }
    let one = try Tensor(shape: [1] + input, Array(batch.floats[..<count]))
    for kernels in KernelSet.allCases where kernels.isAvailable {
      for threads in [1, 3] {
        let engine = try Engine(graph, checkpoint, threads: threads, kernels: kernels)
        for (images, tensor) in [(1, one), (2, batch)] {
          for (index, output) in try engine(tensor).enumerated() {
            let isBatched = graph.values[graph.outputs[index].value].isBatched
            let values = isBatched ? (0..<images).flatMap { expected[$0][index].values } : expected[0][index].values
            let worst = worstDifference(output.tensor.floats, values)
            // Sums of up to some hundred float32 products, each rounded to 6e-8 of what it adds to: 1e-5 of the largest
            // value leaves room for their order and for exp's two units in the last place.
            #expect(
              worst < 1e-5,
              "\(self.testDescription): output \(output.name), \(kernels), \(threads) threads, \(images) images",
              sourceLocation: sourceLocation)
          }
        }
      }
    }
  }
}

/// The largest difference, relative to the largest value or to 1; infinite where counts or NaNs differ.
func worstDifference(_ a: [Float], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  let largest = b.reduce(1) { $1.isFinite ? max($0, $1.magnitude) : $0 }
  return zip(a, b).reduce(0) { worst, pair in
    let (x, y) = (Double(pair.0), pair.1)
    if x == y || (x.isNaN && y.isNaN) { return worst }
    let difference = (x - y).magnitude / largest
    return difference.isNaN ? .infinity : max(worst, difference)
  }
}

extension SplitMix64 {
  mutating func pick(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[pick(0...elements.count - 1)] }

  mutating func size(_ range: ClosedRange<Int>) -> Size { Size(height: pick(range), width: pick(range)) }

  /// Seeded cases that differ from each other.
  static func cases(_ count: Int, seed: UInt64, _ make: (inout SplitMix64) -> OperatorCase) -> [OperatorCase] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in make(&random) }
  }
}
