import PoseGraph

/// The suppression inside a detector's file, and the values that it picks its candidates from.
///
/// MMDeploy writes `NonMaxSuppression` with nodes before it that choose the best candidates and set low scores to zero.
/// These depend on the picture in a way that a ``Graph`` cannot represent, and are a decoder's work, so that the file
/// is cut before them.
struct ONNXSuppression: Hashable {
  /// The name of the boxes of all places, `1 x places x 4`.
  let boxes: String
  /// The name of the scores, `1 x places x classes` or `1 x classes x places`.
  let scores: String
  let classesComeFirst: Bool
  /// The largest number of boxes of a class.
  let perClass: Int
  /// The largest number of boxes of a picture, or nil if the file does not say.
  let limit: Int?
  /// The share of the common area above which the lower of two boxes is dropped.
  let overlap: Float
  /// What a score must exceed.
  let threshold: Float

  /// - Throws: ``ONNXError`` if there is no suppression of the supported form, or nothing that can be computed feeds
  ///   it.
  init(_ file: ONNXFile, input: (name: String, size: [Int])) throws(ONNXError) {
    let all = file.nodes.filter { $0.type == "NonMaxSuppression" }
    guard let node = all.first, all.count == 1 else {
      throw .noDetector("it has \(all.count) NonMaxSuppression nodes instead of one, as detectors of two stages have")
    }
    guard ["dets", "labels"].allSatisfy(file.outputs.contains) else {
      let outputs = file.outputs.prefix(4).joined(separator: ", ")
      throw .noDetector(
        "its outputs are \(outputs), not dets and labels as MMDeploy writes them, so that the order of its boxes' "
          + "coordinates is not known")
    }
    guard node.integer("center_point_box", 0) == 0, let boxes = node.input(0), let scores = node.input(1) else {
      throw .noDetector("'\(node.name)' should take boxes by their corners, and scores")
    }
    let before = try file.nodes(for: node.inputs.filter { !$0.isEmpty })
    let made = Set(before.flatMap(\.outputs))
    // Of all classes' boxes the best are chosen at the end.
    let count = file.nodes.last { $0.type == "TopK" && made.isDisjoint(with: $0.outputs) }?.input(1)
    let nodes = try file.nodes(for: node.inputs.filter { !$0.isEmpty } + [count].compactMap(\.self))
    var found: Result<ONNXSuppression, ONNXError> = .failure(.noDetector("'\(node.name)' has no inputs"))
    // This graph only serves to find out what can be computed.
    _ = try? Graph(file.name, input: input.size, port: input.name) { image, scope throws(ONNXError) in
      var reader = ONNXImport(file, scope: scope, input: (input.name, image))
      var refusal: ONNXError?
      for node in nodes {
        do throws(ONNXError) {
          try reader.read(node)
        } catch {
          refusal = refusal ?? error
        }
      }
      do throws(ONNXError) {
        let search = Search(reader, nodes, refusal)
        found = .success(
          try ONNXSuppression(
            node, boxes: search.source(of: boxes), search.source(of: scores), limit: count.flatMap(search.count), search
          ))
      } catch {
        found = .failure(error)
      }
      return []
    }
    self = try found.get()
  }

  private init(
    _ node: ONNXNode, boxes: Search.Source, _ scores: Search.Source, limit: Int?, _ search: Search
  ) throws(ONNXError) {
    self.limit = limit
    let (shape, other) = (boxes.shape, scores.shape)
    guard shape.count == 3, shape[2] == 4, !boxes.isTransposed, other.count == 3, other[1...].contains(shape[1]) else {
      throw .noDetector("'\(node.name)' takes boxes of \(shape) and scores of \(other), not N x places x 4 and classes")
    }
    (self.boxes, self.scores) = (boxes.name, scores.name)
    // The operator itself takes the classes first.
    classesComeFirst = other[1] == other[2] ? !scores.isTransposed : other[2] == shape[1]
    func number(_ index: Int, _ absent: Float) throws(ONNXError) -> Float {
      guard let name = node.input(index) else { return absent }
      guard let number = search.reader.known(name)?.constant?.number, number.isFinite else {
        throw .noDetector("input \(index) of '\(node.name)' should be a number that the file holds")
      }
      return number
    }
    (perClass, overlap) = (Int(min(max(try number(2, 0), 0), 1e6)), try number(3, 0))
    threshold = try number(4, 0)
    guard perClass > 0, (0...1).contains(overlap), (0...1).contains(threshold) else {
      throw .noDetector(
        "'\(node.name)' keeps \(perClass) boxes of scores above \(threshold) and overlaps to \(overlap)")
    }
  }

  /// Goes back from a value that cannot be computed to the one that it is picked from.
  private struct Search {
    typealias Source = (name: String, shape: [Int], isTransposed: Bool)

    let reader: ONNXImport
    private let makers: [String: ONNXNode]
    /// The first reason why something could not be read.
    private let refusal: ONNXError?

    init(_ reader: ONNXImport, _ nodes: [ONNXNode], _ refusal: ONNXError?) {
      (self.reader, self.refusal) = (reader, refusal)
      makers = Dictionary(nodes.flatMap { node in node.outputs.map { ($0, node) } }) { first, _ in first }
    }

    func source(of value: String) throws(ONNXError) -> Source {
      var (name, isTransposed) = (value, false)
      var seen: Set<String> = []
      while true {
        if let operand = reader.known(name) { return (name, operand.shape, isTransposed) }
        guard seen.insert(name).inserted, let node = makers[name], let next = picked(name, by: node) else { break }
        if node.type == "Transpose" {
          guard node.integers("perm") == [0, 2, 1] else { break }
          isTransposed.toggle()
        }
        name = next
      }
      let reason = refusal.map { ", the first problem being: \($0)" } ?? ""
      throw .noDetector("nothing that can be computed feeds its suppression's '\(value)'\(reason)")
    }

    /// The value whose entries a node picks or moves.
    private func picked(_ name: String, by node: ONNXNode) -> String? {
      switch node.type {
      case "Gather", "GatherElements", "GatherND", "Slice", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose",
        "Identity", "Cast":
        node.input(0)
      case "TopK": node.outputs.first == name ? node.input(0) : nil
      case "Where":
        // Low scores are set to zero, which the threshold does as well.
        if isZero(node.input(2)) { node.input(1) } else if isZero(node.input(1)) { node.input(2) } else { nil }
      default: nil
      }
    }

    /// The largest number that a number of candidates, the lesser of a constant and of how many there are, can be.
    func count(of value: String) -> Int? {
      var open = [value]
      var seen: Set<String> = []
      while let name = open.popLast() {
        guard seen.insert(name).inserted else { continue }
        if let number = reader.known(name)?.constant?.number {
          if number >= 1 { return Int(min(number, 1e6)) }
          continue
        }
        guard let node = makers[name] else { continue }
        switch node.type {
        case "Reshape", "Squeeze", "Unsqueeze", "Cast", "Identity": open += node.inputs.prefix(1)
        case "Where": open += node.inputs.dropFirst()
        case "Min": open += node.inputs
        default: break
        }
      }
      return nil
    }

    private func isZero(_ name: String?) -> Bool { name.flatMap { reader.known($0)?.constant?.number } == 0 }
  }
}
