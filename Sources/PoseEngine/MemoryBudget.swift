import PoseGraph

/// The memory of a compiled network, in bytes.
public struct MemoryUse: Sendable, Hashable {
  /// Packed weights, folded constants and tables of addresses, which all runs share.
  public let constants: Int
  /// Intermediate values and outputs of one run.
  public let activations: Int
  /// The workspaces of all workers of one run.
  public let workspace: Int

  /// All of it for one run at a time.
  public var total: Int { constants + activations + workspace }
}

/// Checks that the buffers of a compiled network stay within a limit before they are allocated. Sums saturate.
struct MemoryBudget: Sendable {
  let limit: Int
  /// Bytes of activations and of workers' values.
  private(set) var activations = 0
  private var workerValues = 0

  /// The most bytes that the compiler keeps about each plane of a value while it resolves views and plans memory.
  private static let bytesPerPlane = 64

  init(limit: Int) { self.limit = limit }

  /// Refuses networks with a value that could not be held, or of so many planes that compiling would take the memory.
  func check(_ graph: Graph) throws(EngineError) {
    var planes = 0
    for value in graph.values {
      let count = Tensor.count(of: value.shape) ?? .max
      try check(bytes: Self.bytes(count, of: Float.self))
      // Tables hold 32-bit offsets.
      guard count <= Int32.max else {
        throw .unsupported(path: graph.name, reason: "values of \(value.shape) are larger than 8 GB")
      }
      planes = Self.sum(planes, value.shape.count > 1 ? value.shape[1] : 1)
    }
    try check(bytes: Self.bytes(planes, Self.bytesPerPlane))
  }

  mutating func add(_ plan: MemoryPlan, outputs: [Int], workers: Int) throws(EngineError) {
    activations = Self.bytes(outputs.reduce(plan.arenaCount, Self.sum), of: Float.self)
    workerValues = Self.bytes(Self.sum(plan.tileCount, plan.workerCount), workers * MemoryLayout<Float>.stride)
    try check(bytes: Self.sum(activations, workerValues))
  }

  /// Refuses so many more bytes if they exceed the limit together with the activations.
  func check(adding bytes: Int) throws(EngineError) {
    try check(bytes: [activations, workerValues, bytes].reduce(0, Self.sum))
  }

  /// The memory of all that has been lowered.
  func use(of builder: PlanBuilder, _ own: OwnMemory, workers: Int) throws(EngineError) -> MemoryUse {
    let use = MemoryUse(
      constants: builder.constantBytes, activations: activations,
      workspace: Self.bytes(own.count, workers * MemoryLayout<Float>.stride))
    try check(bytes: [use.constants, use.activations, use.workspace].reduce(0, Self.sum))
    return use
  }

  func check(bytes: Int) throws(EngineError) {
    guard bytes <= limit else { throw .tooMuchMemory(needed: bytes, limit: limit) }
  }

  static func sum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }

  static func bytes(_ count: Int, _ stride: Int) -> Int {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: stride)
    return overflow ? .max : bytes
  }

  static func bytes<Element>(_ count: Int, of type: Element.Type) -> Int { bytes(count, MemoryLayout<Element>.stride) }
}
