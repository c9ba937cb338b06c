import PoseCodecs
import PoseCore
import PoseEngine
import PoseGraph
import PoseImage
import Synchronization

/// Runs a network on regions of a picture side by side: cuts each out, encodes its pixels, and hands its outputs on.
struct NetworkRunner: Sendable {
  /// The shapes of the outputs without the batch, by name.
  let ports: [String: [Int]]
  let input: Size
  private let engine: Engine
  private let encoding: PixelEncoding
  private let workspaces: WorkspacePool

  /// - Parameter engine: of a network whose input has three channels for the picture, and others after them.
  init(_ engine: Engine, encoding: PixelEncoding) {
    (self.engine, self.encoding) = (engine, encoding)
    let shape = engine.graph.shape(of: engine.graph.inputs[0].value)
    input = Size(height: shape[2], width: shape[3])
    workspaces = WorkspacePool(inputCount: shape.reduce(1, *))
    ports = Dictionary(
      engine.graph.outputs.map { ($0.name, Array(engine.graph.shape(of: $0.value).dropFirst())) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Runs the network on regions of a picture.
  ///
  /// - Parameters:
  ///   - placements: the regions, as they lie in the input.
  ///   - isMirrored: whether to run the network on the mirror image of each region too.
  ///   - mirrorShift: how many columns the mirror image is then moved to the left, its last ones staying.
  ///   - conditioning: writes what the network sees besides the picture on the channels after it; nil where that is
  ///     nothing.
  ///   - body: is called once for each region, on any thread, with the outputs and those of the mirror image.
  /// - Returns: what `body` returned, in the order of the regions.
  /// - Throws: ``EstimationError/notFinite(network:)``, and what reading the picture's pixels throws.
  func callAsFunction<Result: Sendable>(
    _ picture: Picture, _ placements: [Placement], isMirrored: Bool, mirrorShift: Int = 0,
    conditioning: Conditioning? = nil,
    _ body: @escaping @Sendable (_ index: Int, _ outputs: Outputs, _ mirrored: Outputs?) -> Result
  ) throws -> [Result] {
    if placements.isEmpty { return [] }
    let results = Mutex([Result?](repeating: nil, count: placements.count))
    try workspaces.withWorkspace { decoding in
      try picture.withPixels(for: placements, decoding) { view, toPicture in
        // The pixels are only read, and stay for as long as the runs take.
        nonisolated(unsafe) let view = view
        engine.runEach(placements.count) { index, run in
          workspaces.withWorkspace { workspace in
            let planes = workspace.input
            view.encode(placements[index], toPicture: toPicture, encoding: encoding, into: planes)
            conditioning?(index, false, planes.channels(from: 3, size: input))
            guard let outputs = Outputs(of: engine.graph, run(UnsafeBufferPointer(planes))) else { return }
            var mirrored: Outputs?
            if isMirrored {
              planes.mirror(channels: 3, size: input, shift: mirrorShift)
              conditioning?(index, true, planes.channels(from: 3, size: input))
              mirrored = Outputs(of: engine.graph, run(UnsafeBufferPointer(planes)))
              if mirrored == nil { return }
            }
            let result = body(index, outputs, mirrored)
            results.withLock { $0[index] = result }
          }
        }
      }
    }
    let finished = results.withLock { $0.compactMap(\.self) }
    guard finished.count == placements.count else { throw EstimationError.notFinite(network: engine.graph.name) }
    return finished
  }

  /// Writes channels of the input for the region of an index, mirrored or not.
  typealias Conditioning = @Sendable (_ index: Int, _ isMirrored: Bool, UnsafeMutableBufferPointer<Float>) -> Void
}

extension Outputs {
  /// Copies what an engine lends; nil where a number is not finite.
  init?(of graph: Graph, _ values: UnsafeBufferPointer<UnsafeBufferPointer<Float>>) {
    self.init()
    for (port, values) in zip(graph.outputs, values) {
      guard values.areFinite else { return nil }
      self[port.name] = OutputTensor(shape: Array(graph.shape(of: port.value).dropFirst()), values: Array(values))
    }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// The channels from a number on.
  fileprivate func channels(from first: Int, size: Size) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: self[(first * size.height * size.width)...])
  }

  /// Exchanges left and right in the first channels, and moves all but the last columns to the left.
  fileprivate func mirror(channels: Int, size: Size, shift: Int) {
    for row in 0..<channels * size.height {
      let start = row * size.width
      for x in 0..<size.width / 2 { swapAt(start + x, start + size.width - 1 - x) }
      if shift > 0 { for x in 0..<size.width - shift { self[start + x] = self[start + x + shift] } }
    }
  }
}
