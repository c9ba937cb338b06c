#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A node of the file, with its attributes by name.
struct ONNXNode {
  var type: String
  /// The name in error messages.
  var name: String
  /// The module path of the node in the graph.
  var path: String
  var isModule: Bool
  var inputs: [String]
  var outputs: [String]
  var attributes: [String: ONNXAttributeProto]

  /// The largest size that is accepted. No network has larger kernels, strides or paddings.
  static let mostSize = 1 << 20

  /// - Parameter isOurs: whether this package wrote the file. Its names are module paths, which the operator can follow
  ///   after a slash.
  init(_ proto: ONNXNodeProto, isOurs: Bool) {
    type = proto.opType
    name = proto.name.isEmpty ? proto.output.first ?? proto.opType : proto.name
    path = isOurs ? String(name.prefix { $0 != "/" }) : name
    isModule = isOurs && !name.contains("/")
    inputs = proto.input
    outputs = proto.output
    attributes = Dictionary(proto.attribute.map { ($0.name, $0) }) { first, _ in first }
    if !proto.domain.isEmpty, proto.domain != "ai.onnx" { type = "\(proto.domain).\(type)" }
  }

  /// The name of an input, or nil if it is left out.
  func input(_ index: Int) -> String? {
    inputs.indices.contains(index) && !inputs[index].isEmpty ? inputs[index] : nil
  }

  func integer(_ name: String, _ other: Int) -> Int { attributes[name].map { Int($0.i) } ?? other }
  func integers(_ name: String) -> [Int]? { attributes[name].map { $0.ints.map(Int.init) } }
  func number(_ name: String, _ other: Float) -> Float { attributes[name]?.f ?? other }
  func text(_ name: String, _ other: String) -> String {
    attributes[name].map { String(decoding: $0.s, as: UTF8.self) } ?? other
  }

  /// The sizes of an attribute, or `other` if there are none. They must be as many as in `other`, and neither negative
  /// nor too large.
  func sizes(_ name: String, _ other: [Int]) throws -> [Int] {
    guard let values = integers(name), !values.isEmpty else { return other }
    guard values.count == other.count, values.allSatisfy({ (0...Self.mostSize).contains($0) }) else {
      throw ONNXRefusal("\(name) \(values) should be \(other.count) numbers from 0 to \(Self.mostSize)")
    }
    return values
  }

  func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
    if !condition { throw ONNXRefusal(reason()) }
  }
}

extension Float {
  /// The double with the same decimal digits, so that one minus 0.9 is 0.1.
  var asWritten: Double { Double(description) ?? Double(self) }
}
