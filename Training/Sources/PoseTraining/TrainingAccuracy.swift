import PoseCodecs
import PoseTorch

/// The share of a batch's joints that are found within a twentieth of the input's sides, the mean over joints: what the
/// published code prints while it trains. (Its own divides x by the height and y by the width; here it is right.)
struct TrainingAccuracy {
  /// How a network's outputs say where joints are.
  enum Form {
    /// `N x K x H x W`, or with UDP's offsets every third map.
    case heatmaps(mapsPerJoint: Int)
    /// `N x K x bins` along x and along y.
    case classes
    /// `N x K x D`, of which the first two are fractions of the input.
    case coordinates
  }

  var form: Form
  var threshold: Float = 0.05
  /// Which of the network's outputs say so; nil for all.
  private var outputs: [Int]?

  init(form: Form) { self.form = form }

  /// - Parameters:
  ///   - ports: the targets'.
  ///   - names: of the network's outputs.
  init(_ ports: [TargetPort], joints: Int, outputs names: [String]) {
    let read = Set(ports.map(\.name))
    form =
      if read.contains("coordinates") { .coordinates } else if read == ["x", "y"] { .classes } else {
        .heatmaps(mapsPerJoint: ports[0].shape[0] / max(joints, 1))
      }
    outputs = ports.compactMap { names.firstIndex(of: $0.name) }
  }

  /// - Returns: nil where no joint counts.
  func callAsFunction(_ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?) throws -> Double? {
    let outputs = self.outputs?.map { outputs[$0] } ?? outputs
    let found = try positions(outputs)
    let truth = try positions(targets)
    guard let weights = try weights?.floats(), found.count == truth.count, weights.count == found.count,
      let joints = outputs.first.map({ mapCount($0.shape) }), joints > 0
    else { return nil }
    var hits = [Int](repeating: 0, count: joints)
    var counts = hits
    for index in found.indices where weights[index] > 0 {
      guard let a = found[index], let b = truth[index] else { continue }
      counts[index % joints] += 1
      let distance = a - b
      if (distance * distance).sum().squareRoot() < threshold { hits[index % joints] += 1 }
    }
    let shares = zip(hits, counts).filter { $0.1 > 0 }.map { Double($0.0) / Double($0.1) }
    return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
  }

  private func mapCount(_ shape: [Int]) -> Int {
    let count = shape.count > 1 ? shape[1] : 0
    if case .heatmaps(let mapsPerJoint) = form { return count / max(mapsPerJoint, 1) }
    return count
  }

  /// Where each joint of each sample is, in fractions of the input.
  private func positions(_ tensors: [TorchTensor]) throws -> [SIMD2<Float>?] {
    guard let first = tensors.first else { return [] }
    let shape = first.shape
    switch form {
    case .heatmaps(let mapsPerJoint):
      guard shape.count == 4 else { return [] }
      let (height, width) = (shape[2], shape[3])
      return try first.peaks(every: mapsPerJoint).map { peak in
        SIMD2(Float(peak % width) / Float(width), Float(peak / width) / Float(height))
      }
    case .classes:
      guard tensors.count == 2, let second = tensors.last, shape.count == 3, second.shape.count == 3 else { return [] }
      return zip(try first.peaks(), try second.peaks()).map {
        SIMD2(Float($0) / Float(shape[2]), Float($1) / Float(second.shape[2]))
      }
    case .coordinates:
      guard shape.count == 3, shape[2] >= 2 else { return [] }
      let floats = try first.floats()
      return stride(from: 0, to: floats.count, by: shape[2]).map { SIMD2(floats[$0], floats[$0 + 1]) }
    }
  }
}
