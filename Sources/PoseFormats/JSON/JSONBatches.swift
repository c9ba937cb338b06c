#if canImport(CJSON)
  import Dispatch
  import Synchronization

  /// Records that are copied out of a file, so that another thread can read them.
  struct JSONBatch: Sendable {
    private struct Place: Sendable {
      var list: String
      var index: Int
      /// The offset of the record in the batch.
      var start: Int
      var count: Int
      /// The offset of the record in the file.
      var offset: Int
    }

    /// Large enough that handing over a batch costs little, and small enough that many batches fit into the caches.
    private static let size = 1 << 19

    private var bytes: [UInt8] = []
    private var places: [Place] = []

    var isEmpty: Bool { places.isEmpty }
    var isFull: Bool { bytes.count >= Self.size }

    mutating func append(_ text: JSONRecords.Text) {
      if bytes.isEmpty { bytes.reserveCapacity(Self.size + text.count + JSONReader.padding) }
      places.append(
        Place(list: text.list, index: text.index, start: bytes.count, count: text.count, offset: text.offset))
      bytes.append(contentsOf: UnsafeBufferPointer(start: text.bytes, count: text.count))
    }

    /// Calls `body` with each record and its list's name; bad ones are skipped or refuse the file.
    consuming func read(
      bad policy: BadRecords, _ body: (String, JSONReader) throws(JSONError) -> Void
    ) throws(AnnotationError) -> SkippedRecords {
      var skipped = SkippedRecords()
      let reader: JSONReader
      do throws(JSONError) { reader = try JSONReader() } catch { throw .json(error) }
      bytes.append(contentsOf: repeatElement(0, count: JSONReader.padding))
      for place in places {
        do throws(JSONError) {
          try bytes.withUnsafeBufferPointer { (bytes) throws(JSONError) in
            guard let base = bytes.baseAddress else { return }
            try reader.begin(base + place.start, count: place.count, offset: place.offset)
            try body(place.list, reader)
          }
        } catch {
          try skipped.append(
            SkippedRecords.Record(list: place.list, index: place.index, reason: error), policy)
        }
      }
      return skipped
    }
  }

  extension JSONRecords {
    /// Maps the records of the named lists in parallel, in batches, and returns the results in the order of the file.
    /// One thread splits the file, while other threads read the batches. The number of batches in memory is limited,
    /// but there are enough of them for all processors.
    ///
    /// - Returns: the results, and the names of the lists that were found.
    mutating func concurrentMap<Part: Sendable>(
      in names: [String], _ read: @escaping @Sendable (consuming JSONBatch) -> Result<Part, AnnotationError>
    ) throws(AnnotationError) -> (parts: [Part], found: Set<String>) {
      let work = Batches(read)
      var batch = JSONBatch()
      var found: Set<String> = []
      var failure: AnnotationError?
      do throws(AnnotationError) {
        found = try forEachText(in: names) { (text) throws(AnnotationError) in
          batch.append(text)
          guard batch.isFull else { return }
          work.start(batch)
          batch = JSONBatch()
        }
      } catch {
        failure = error
      }
      if !batch.isEmpty { work.start(batch) }
      // An error in a record comes first, because the error in the file itself was found after that record.
      let parts = try work.finish()
      if let failure { throw failure }
      return (parts, found)
    }
  }

  /// The batches that are being read.
  private final class Batches<Part: Sendable>: Sendable {
    private let read: @Sendable (consuming JSONBatch) -> Result<Part, AnnotationError>
    private let results = Mutex<[Int: Result<Part, AnnotationError>]>([:])
    private let count = Mutex(0)
    private let group = DispatchGroup()
    private let room = DispatchSemaphore(value: 16)

    init(_ read: @escaping @Sendable (consuming JSONBatch) -> Result<Part, AnnotationError>) { self.read = read }

    /// Starts reading a batch as soon as there is room.
    func start(_ batch: JSONBatch) {
      let index = count.withLock { count in
        defer { count += 1 }
        return count
      }
      room.wait()
      DispatchQueue.global().async(group: group) { [self] in
        let result = read(batch)
        results.withLock { $0[index] = result }
        room.signal()
      }
    }

    /// Waits for all batches, and throws the first error in the order of the file.
    func finish() throws(AnnotationError) -> [Part] {
      group.wait()
      let results = results.withLock { $0 }
      var parts: [Part] = []
      for (_, result) in results.sorted(by: { $0.key < $1.key }) { parts.append(try result.get()) }
      return parts
    }
  }
#endif
