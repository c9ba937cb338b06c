#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension MILValue {
  var proto: CoreMLNamedValueType {
    .with { ($0.name, $0.type) = (name, type.proto) }
  }
}

extension MILType {
  /// The type of a constant.
  init(_ proto: CoreMLValueType) {
    let tensor = proto.tensorType
    let scalars: MILScalar =
      switch tensor.dataType {
      case .float16: .float16
      case .int32: .int32
      case .bool: .bool
      case .string: .string
      default: .float32
      }
    self.init(scalars, tensor.dimensions.map { Int($0.constant.size) })
  }
}

extension MILArgument {
  /// What is written for a constant.
  ///
  /// - Parameter scalars: the program's precision.
  func constant(_ scalars: MILScalar) -> CoreMLValue {
    switch self {
    case .value, .values: CoreMLValue()
    case .integer(let value):
      .immediate(MILType(.int32), .with { $0.ints.values = [Int32(clamping: value)] })
    case .integers(let values):
      .immediate(MILType(.int32, [values.count]), .with { $0.ints.values = values.map { Int32(clamping: $0) } })
    case .number(let value): .immediate(MILType(scalars), .numbers([value], scalars))
    case .flag(let value): .immediate(MILType(.bool), .with { $0.bools.values = [value] })
    case .flags(let values): .immediate(MILType(.bool, [values.count]), .with { $0.bools.values = values })
    case .text(let value): .text(value)
    }
  }
}

extension CoreMLValue {
  static func immediate(_ type: MILType, _ tensor: CoreMLTensorValue) -> CoreMLValue {
    .with {
      $0.type = type.proto
      $0.immediateValue.tensor = tensor
    }
  }

  static func text(_ text: String) -> CoreMLValue {
    .immediate(MILType(.string), .with { $0.strings.values = [text] })
  }
}

extension CoreMLTensorValue {
  /// Numbers of a precision: halves are bytes.
  static func numbers(_ numbers: [Float], _ scalars: MILScalar) -> CoreMLTensorValue {
    .with {
      if scalars == .float16 {
        $0.bytes.values = numbers.map { $0.float16Bits.littleEndian }.withUnsafeBytes { Data($0) }
      } else {
        $0.floats.values = numbers
      }
    }
  }
}
