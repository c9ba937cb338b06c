import PoseCore

/// Why training cannot begin or go on.
public enum TrainingError: UserError {
  /// The configuration does not say how to train, or says what cannot be.
  case configuration(name: String, reason: String)
  /// A checkpoint is of another run, or damaged.
  case checkpoint(path: String, reason: String)
  /// There is nothing to resume from.
  case nothingToResume(folder: String)
  /// A new run would mix with another.
  case folderInUse(String)
  /// Another process of the run ended or hangs; the checkpoint goes on, if there is one.
  case processLost(reason: String, checkpoint: String?)
  /// The loss of a batch was not finite; `report` says which pictures it had.
  case notFinite(iteration: Int, report: String)
  /// So many batches in a row had no finite loss that the weights must be at fault.
  case neverFinite(iteration: Int, batches: Int)
  /// The network no longer gives poses. `checkpoint` is the last one before that, if there is one, and `isValidated` says
  /// whether a validation found poses by it; else its weights are finite, and that is all that is known.
  case diverged(epoch: Int, reason: String, checkpoint: String?, isValidated: Bool)
  /// The device's memory is too small; `fitting` is a batch that is not.
  case outOfMemory(batch: Int, fitting: Int?, reason: String)
}

extension TrainingError: CustomStringConvertible {
  /// 75, a failure that may pass, where another process was lost.
  public var exitCode: Int32 { if case .processLost = self { 75 } else { 65 } }

  public var description: String {
    switch self {
    case .configuration(let name, let reason): "\(name): \(reason)"
    case .checkpoint(let path, let reason): "cannot go on from '\(path)': \(reason)"
    case .nothingToResume(let folder):
      "'\(folder)' has no checkpoint to go on from: leave --resume-from out, or name another --work-dir"
    case .folderInUse(let folder):
      "'\(folder)' has the checkpoints of a run: --resume-from auto goes on with it, another --work-dir begins a new one"
    case .processLost(let reason, let checkpoint):
      if let checkpoint {
        "\(reason). --resume-from auto goes on from '\(checkpoint)'"
      } else {
        "\(reason). There is no checkpoint yet: start again"
      }
    case .notFinite(let iteration, let report):
      """
      the loss of iteration \(iteration) is not finite; its pictures are in '\(report)'. Go on from the last checkpoint \
      with a smaller rate (--set train.optimizer.lr=...), or leave such batches out (--set train.non_finite=skip)
      """
    case .neverFinite(let iteration, let batches):
      """
      the loss has not been finite for \(batches) batches up to iteration \(iteration). Go on from an earlier checkpoint \
      with a smaller rate (--set train.optimizer.lr=...)
      """
    case .diverged(let epoch, let reason, let checkpoint, let isValidated):
      """
      the run diverged in epoch \(epoch): \(reason). Lower the learning rate (--set train.optimizer.lr=...), warm it up for \
      longer (--set train.schedule.warmup=...) or clip the gradients (--set train.clip_norm=...). \
      \(Self.remains(checkpoint, isValidated: isValidated))
      """
    case .outOfMemory(let batch, let fitting, let reason):
      if let fitting {
        """
        a batch of \(batch) does not fit in memory, one of \(fitting) does: --set train.batch=\(fitting) \
        --set train.accumulation=\((batch + fitting - 1) / fitting) takes as many samples for an update
        """
      } else {
        "not even a batch of 1 fits in memory: take a smaller network or --set train.activation_checkpointing_segments=8 (\(reason))"
      }
    }
  }

  /// What there is to go on from after a run has diverged.
  private static func remains(_ checkpoint: String?, isValidated: Bool) -> String {
    guard let checkpoint else { return "There is no good checkpoint yet: start again" }
    let goodness = isValidated ? "that still gave poses" : "with finite weights"
    return "The last checkpoint \(goodness) was kept: --resume-from '\(checkpoint)' goes on from it"
  }
}
