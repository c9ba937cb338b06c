/// A value of an ML program, which an operation makes or which is given.
struct MILValue: Hashable {
  let name: String
  let type: MILType
}

/// The type of a value: its scalars and its extents.
struct MILType: Hashable {
  let scalars: MILScalar
  /// Empty for a single number; nil for an extent that is only known when the program runs.
  let shape: [Int?]

  init(_ scalars: MILScalar, _ shape: [Int?] = []) { (self.scalars, self.shape) = (scalars, shape) }

  var proto: CoreMLValueType {
    .with {
      $0.tensorType.dataType = scalars.proto
      $0.tensorType.rank = Int64(shape.count)
      $0.tensorType.dimensions = shape.map { extent in
        .with {
          if let extent { $0.constant.size = UInt64(extent) } else { $0.unknown.variadic = false }
        }
      }
    }
  }
}

enum MILScalar: Hashable {
  case float16, float32, int32, bool, string

  var proto: CoreMLDataType {
    switch self {
    case .float16: .float16
    case .float32: .float32
    case .int32: .int32
    case .bool: .bool
    case .string: .string
    }
  }

  /// What the cast operation calls it.
  var milName: String { self == .float16 ? "fp16" : "fp32" }
}

/// What an operation reads under the name of a parameter.
enum MILArgument: Hashable {
  case value(MILValue)
  case values([MILValue])
  case integer(Int)
  case integers([Int])
  /// A number of the program's precision.
  case number(Float)
  case flag(Bool)
  case flags([Bool])
  case text(String)

  var isNumber: Bool { if case .number = self { true } else { false } }
}

/// The names of a program's values, which must be identifiers that differ.
struct MILNames {
  /// Words of the language in which Core ML writes a compiled program.
  private static let words: Set<String> = [
    "any", "bool", "program", "func", "tensor", "list", "dict", "tuple", "true", "false", "string", "bf16", "fp16",
    "fp32",
    "fp64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "state",
  ]

  private var identifiers = UniqueNames(taken: words)

  /// A name that is an identifier, is like a given one, and was not returned before.
  mutating func next(_ name: String) -> String { identifiers.next(Self.identifier(name)) }

  func contains(_ name: String) -> Bool { identifiers.contains(Self.identifier(name)) }

  /// Letters, digits and underscores, of which the first is no digit.
  static func identifier(_ name: String) -> String {
    let plain = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    guard let first = plain.first else { return "_" }
    return first.isNumber ? "_" + plain : plain
  }
}
