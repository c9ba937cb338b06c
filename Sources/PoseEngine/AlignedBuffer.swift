/// Memory that starts at a cache line and never moves.
///
/// Constants and tables are never written after `init`; the memory of a run is written by one run at a time, whose
/// workers write disjoint parts of it between barriers.
final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  let start: UnsafeMutablePointer<Element>
  let count: Int

  init(repeating element: Element, count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    // Processors fetch cache lines in pairs.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 128)
    start = memory.initializeMemory(as: Element.self, repeating: element, count: max(count, 1))
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }
}

extension AlignedBuffer where Element: AdditiveArithmetic {
  /// Zeros.
  convenience init(count: Int) { self.init(repeating: .zero, count: count) }

  convenience init(_ scalars: [Element]) {
    self.init(count: scalars.count)
    scalars.withUnsafeBufferPointer { scalars in
      if let source = scalars.baseAddress { start.update(from: source, count: scalars.count) }
    }
  }
}
