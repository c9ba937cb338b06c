#if canImport(CFlatBuffers)
  import CFlatBuffers

  /// Builds a FlatBuffers file from its leaves to its root. Parts that went wrong are 0, and then the file is nil.
  struct FlatBuffer: ~Copyable {
    /// The most bytes of a file.
    static let mostBytes = Int(CFLAT_MOST_BYTES)

    typealias Part = CFlatOffset

    /// A value of a table's field.
    enum Field {
      case int8(Int8)
      case int32(Int32)
      case float(Float)
      case flag(Bool)
      case part(Part)
    }

    /// Nil if memory ran out.
    private let builder: OpaquePointer?

    /// - Parameter capacity: how many bytes are expected.
    init(capacity: Int) { builder = cflat_make(max(capacity, 0)) }

    deinit { if let builder { cflat_free(builder) } }

    func string(_ text: String) -> Part {
      guard let builder else { return 0 }
      var text = text
      return text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { cflat_string(builder, $0.baseAddress, $0.count) }
      }
    }

    /// Bytes whose first one is at a multiple of `alignment` in the file.
    func bytes(_ bytes: UnsafeRawBufferPointer, alignment: Int) -> Part {
      guard let builder else { return 0 }
      return bytes.withMemoryRebound(to: UInt8.self) { cflat_bytes(builder, $0.baseAddress, $0.count, alignment) }
    }

    func integers(_ values: [Int32]) -> Part {
      guard let builder else { return 0 }
      return values.withUnsafeBufferPointer { cflat_int32s(builder, $0.baseAddress, $0.count) }
    }

    func vector(_ parts: [Part]) -> Part {
      guard let builder else { return 0 }
      return parts.withUnsafeBufferPointer { cflat_offsets(builder, $0.baseAddress, $0.count) }
    }

    /// - Parameter fields: by their numbers in the schema, from 0.
    func table(_ fields: [(UInt16, Field)]) -> Part {
      guard let builder else { return 0 }
      cflat_start_table(builder)
      for (number, field) in fields {
        switch field {
        case .int8(let value): cflat_add_int8(builder, number, value)
        case .int32(let value): cflat_add_int32(builder, number, value)
        case .float(let value): cflat_add_float(builder, number, value)
        case .flag(let value): cflat_add_int8(builder, number, value ? 1 : 0)
        case .part(let value): cflat_add_part(builder, number, value)
        }
      }
      return cflat_end_table(builder)
    }

    /// The file, or nil where it would be too large or memory ran out.
    ///
    /// - Parameter identifier: four letters.
    consuming func finished(_ root: Part, identifier: String) -> [UInt8]? {
      guard let builder else { return nil }
      var count = 0
      guard let bytes = cflat_finish(builder, root, identifier, &count) else { return nil }
      return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
  }
#endif
