import PoseGraph

/// MindSpore's names of parameters, and the published ones.
///
/// MindSpore calls a norm's parameters `gamma`, `beta`, `moving_mean` and `moving_variance`. The port of Lite-HRNet among
/// MindSpore's models (`research/cv/lite-hrnet/src/model.py`) also names some layers in its own way.
enum MindSporeNames {
  /// The same tensors under the published names, without what an optimizer keeps beside them.
  static func published(_ file: Checkpoint) -> Checkpoint {
    let isTraining = file.names.contains { $0.hasPrefix(lossPrefix) }
    let kept = file.names.filter { name in
      isTraining ? name.hasPrefix(lossPrefix) : !isOptimizers(name, in: file)
    }
    let names = kept.map { isTraining ? String($0.dropFirst(lossPrefix.count)) : $0 }
    let isPort = names.contains(portMark)
    var checkpoint = Checkpoint(metadata: file.metadata)
    for (old, name) in zip(kept, names) {
      guard let tensor = file[old] else { continue }
      let leaf = publishedLeaf(name.leaf, tensor.shape)
      let new = (isPort ? publishedModule(name.module) : name.module).joined(leaf)
      // A file that has both names is no network's, which the network says then.
      checkpoint[checkpoint[new] == nil ? new : old] = tensor
    }
    return checkpoint
  }

  /// The same tensors under MindSpore's names, without counters of batches, which it does not have.
  static func mindSpore(_ checkpoint: Checkpoint) -> Checkpoint {
    let isPort = checkpoint[publishedMark] != nil && checkpoint["keypoint_head.final_layer.weight"] != nil
    var file = Checkpoint(metadata: checkpoint.metadata)
    for name in checkpoint.names where name.leaf != "num_batches_tracked" {
      let isNorms = checkpoint[name.module.joined("weight")]?.shape.count == 1
      let leaf =
        switch name.leaf {
        case "weight" where isNorms: "gamma"
        case "bias" where isNorms: "beta"
        case "running_mean": "moving_mean"
        case "running_var": "moving_variance"
        default: name.leaf
        }
      file[(isPort ? portModule(name.module) : name.module).joined(leaf)] = checkpoint[name]
    }
    return file
  }

  /// The prefix of a network's layers while it is trained with the port's loss.
  private static let lossPrefix = "_backbone."
  /// A parameter by which the port's networks, and the published ones that it has, are told from others.
  private static let portMark = "stage0.0.layers.0.cross_resolution_weighting.conv1.conv.weight"
  private static let publishedMark = "backbone." + portMark

  private static func isOptimizers(_ name: String, in file: Checkpoint) -> Bool {
    if ["global_step", "learning_rate", "beta1_power", "beta2_power", "epoch_num", "step_num", "loss_scale"].contains(
      name)
    {
      return true
    }
    // What `append_dict` adds: numbers beside the layers' parameters, whose names have a module.
    if file[name]?.shape.isEmpty == true, !name.contains(".") { return true }
    return ["moment1.", "moment2.", "moments.", "accum.", "adam_m.", "adam_v."].contains { prefix in
      name.hasPrefix(prefix) && file[String(name.dropFirst(prefix.count))] != nil
    }
  }

  private static func publishedLeaf(_ leaf: String, _ shape: [Int]) -> String {
    switch leaf {
    // A norm's have one axis; attention has parameters of these names with two.
    case "gamma" where shape.count == 1: "weight"
    case "beta" where shape.count == 1: "bias"
    case "moving_mean": "running_mean"
    case "moving_variance": "running_var"
    default: leaf
    }
  }

  private static func publishedModule(_ module: String) -> String {
    if module == "final_layer.conv" { return "keypoint_head.final_layer" }
    let parts = module.split(separator: ".").map { part in
      // transition01 is the way to the second branch of the first stage.
      guard part.hasPrefix("transition"), let branch = part.last, part.count == "transition01".count else {
        return part == "norm" ? "bn" : String(part)
      }
      return "\(part.dropLast()).\(branch)"
    }
    return (["backbone"] + parts).joined(separator: ".")
  }

  private static func portModule(_ module: String) -> String {
    if module == "keypoint_head.final_layer" { return "final_layer.conv" }
    var parts = module.split(separator: ".").dropFirst().map { $0 == "bn" ? "norm" : String($0) }
    if parts.count > 1, parts[0].hasPrefix("transition") { parts[0...1] = [parts[0] + parts[1]] }
    return parts.joined(separator: ".")
  }
}
