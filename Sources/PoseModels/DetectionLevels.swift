import PoseCore
import PoseGraph

// What heads of detectors and of single-stage networks share: outputs of several levels.

extension GraphOutputs {
  /// The outputs of all levels, finest first, as `name.level`.
  init(levels outputs: [(name: String, values: [Value])]) {
    self.init(
      outputs.flatMap { output in
        output.values.enumerated().map { (name: "\(output.name).\($0.offset)", value: $0.element) }
      })
  }
}

extension Initializer {
  /// The bias of a score that starts at 0.01, since most places show no object (Lin et al., RetinaNet, ICCV 2017).
  static let rareObjects = Initializer.constant(-4.595_12)
}

extension Scope {
  /// Refuses a detector without features, or without classes.
  func acceptsLevels(_ features: [Value], _ task: HeadTask) -> Bool {
    accepts(!features.isEmpty, "a detector's head needs features")
      && accepts((1...10_000).contains(task.classes), "a detector needs 1 to 10000 classes, not \(task.classes)")
  }

  /// How many joints a single-stage network finds; nil, and a refusal, where it finds none.
  func joints(of task: HeadTask) -> Int? {
    let count = task.joints?.joints.count
    return accepts(count != nil, "a head that finds poses needs joints") ? count : nil
  }

  /// What published files hold of the loss: the constants of object keypoint similarity. The network does not use them.
  func lossDeviations(_ joints: Int) {
    (self / "loss_oks").unusedParameter("sigmas", shape: [joints], .constant(1), role: .buffer())
  }

  /// Refuses a cross-stage backbone whose arguments do not make sense.
  func acceptsStages(channels: [Int], blocks: [Int], of name: String) -> Bool {
    accepts(
      channels.count == blocks.count + 1 && blocks.count > 1,
      "\(name) needs channels of the stem and of \(blocks.count) stages")
      && accepts(channels.allSatisfy { (2...8192).contains($0) }, "\(name) needs 2 to 8192 channels, not \(channels)")
      && acceptsRepeats(blocks, of: "blocks")
  }
}
