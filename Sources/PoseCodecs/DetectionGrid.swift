import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The places of one level of a detector's outputs, each of which may be an object's.
struct DetectionGrid {
  /// 0 is the finest.
  let level: Int
  let size: Size

  var count: Int { size.height * size.width }

  /// How many pixels of the input are between two places.
  func stride(in input: Size) -> Float { Float(input.width) / Float(max(size.width, 1)) }

  /// The top left corner of a place's cell, in pixels of the input.
  func corner(of place: Int, in input: Size) -> (x: Float, y: Float) {
    let stride = stride(in: input)
    return (Float(place % size.width) * stride, Float(place / size.width) * stride)
  }

  /// The middle of a place's cell, in pixels of the input, where the middle of the first pixel is 0.
  func center(of place: Int, in input: Size) -> (x: Float, y: Float) {
    let (corner, half) = (corner(of: place, in: input), (stride(in: input) - 1) / 2)
    return (corner.x + half, corner.y + half)
  }

  /// The levels that ports have: `name.0`, `name.1` and so on for each name, of the same maps.
  ///
  /// - Parameter names: of the outputs, and how many channels they have; nil for any number.
  /// - Throws: ``DecoderError`` where there is none, or one lacks an output.
  static func levels(
    of ports: [String: [Int]], _ names: [(name: String, channels: Int?)]
  ) throws(DecoderError) -> [DetectionGrid] {
    guard let first = names.first else { return [] }
    var grids: [DetectionGrid] = []
    repeat {
      let level = grids.count
      let main = "\(first.name).\(level)"
      guard let shape = ports[main], shape.count == 3, shape.allSatisfy({ $0 > 0 }),
        first.channels == nil || shape[0] == first.channels
      else {
        let channels = first.channels.map(String.init) ?? "classes"
        throw DecoderError(port: main, needed: "\(channels) x height x width", ports: ports)
      }
      for (name, channels) in names.dropFirst() {
        guard let other = ports["\(name).\(level)"], other == [channels ?? other.first ?? 0] + shape[1...] else {
          throw DecoderError(
            port: "\(name).\(level)", needed: "\(channels ?? 1) x \(shape[1]) x \(shape[2])", ports: ports)
        }
      }
      grids.append(DetectionGrid(level: level, size: Size(height: shape[1], width: shape[2])))
    } while ports["\(first.name).\(grids.count)"] != nil
    return grids
  }

  /// The levels of outputs whose ports were checked.
  static func levels(of outputs: Outputs, named name: String = "cls_scores") -> [DetectionGrid] {
    var grids: [DetectionGrid] = []
    while let shape = outputs["\(name).\(grids.count)"]?.shape {
      grids.append(DetectionGrid(level: grids.count, size: Size(height: shape[1], width: shape[2])))
    }
    return grids
  }
}

extension Float {
  var sigmoid: Float { 1 / (1 + exp(-self)) }
}

extension OutputDecoder {
  func invalidSuppression(threshold: Double, overlap: Double) -> (key: String, reason: String)? {
    if !(0...1).contains(threshold) { return ("threshold", "needs a score in 0...1, not \(threshold)") }
    return (0...1).contains(overlap) ? nil : ("overlap", "needs a share in 0...1, not \(overlap)")
  }

  func invalidCount(_ key: String, _ count: Int) -> (key: String, reason: String)? {
    (1...1_000_000).contains(count) ? nil : (key, "needs a count in 1...1000000, not \(count)")
  }
}

extension [Detection] {
  /// The best of each class's boxes that overlap by more than a share, best first.
  func suppressed(overlap: Double) -> [Detection] {
    batchedNMS(map(\.boundingBox), scores: map(\.score), labels: map(\.label), threshold: overlap).map { self[$0] }
  }

  /// The best boxes of each class by itself, best first.
  ///
  /// - Parameters:
  ///   - candidates: the most boxes of a class that are looked at.
  ///   - perClass: the most boxes of a class that are kept.
  func suppressed(overlap: Double, candidates: Int = .max, perClass: Int) -> [Detection] {
    func comesFirst(_ a: Int, _ b: Int) -> Bool {
      self[a].score != self[b].score ? self[a].score > self[b].score : a < b
    }
    let byLabel = Dictionary(grouping: indices) { self[$0].label }
    let kept = byLabel.values.flatMap { places in
      let best = places.count > candidates ? [Int](places.sorted(by: comesFirst).prefix(candidates)) : places
      return boxNMS(best.map { self[$0].boundingBox }, scores: best.map { self[$0].score }, threshold: overlap)
        .prefix(perClass).map { best[$0] }
    }
    return kept.sorted(by: comesFirst).map { self[$0] }
  }
}
