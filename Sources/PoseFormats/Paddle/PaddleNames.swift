import PoseGraph

/// Paddle's names of parameters, and the published ones.
///
/// Paddle calls a norm's running statistics `_mean` and `_variance`, and its dense layers have their inputs on the first axis
/// of their weights. PaddleDetection also names the layers of Lite-HRNet and HRNet in its own way
/// (`ppdet/modeling/backbones/lite_hrnet.py` and `hrnet.py`).
enum PaddleNames {
  /// The same tensors under the published names.
  static func published(_ file: Checkpoint) -> Checkpoint {
    let family = Family(paddle: file)
    var checkpoint = Checkpoint()
    for name in file.names {
      let module = family?.published(name.module) ?? name.module
      let leaf =
        switch name.leaf {
        case "_mean": "running_mean"
        case "_variance": "running_var"
        default: name.leaf
        }
      let new = module.joined(leaf)
      // A file that has both names is no network's, which the network says then.
      checkpoint[checkpoint[new] == nil ? new : name] = file[name]?.withDenseAxesSwapped(name.leaf)
    }
    return checkpoint
  }

  /// The same tensors under Paddle's names, without counters of batches, which it does not have.
  static func paddle(_ checkpoint: Checkpoint) -> Checkpoint {
    let family = Family(published: checkpoint)
    var file = Checkpoint()
    for name in checkpoint.names where name.leaf != "num_batches_tracked" {
      let leaf =
        switch name.leaf {
        case "running_mean": "_mean"
        case "running_var": "_variance"
        default: name.leaf
        }
      let module = family?.paddle(name.module) ?? name.module
      file[module.joined(leaf)] = checkpoint[name]?.withDenseAxesSwapped(name.leaf)
    }
    return file
  }

  /// The networks whose layers PaddleDetection names in its own way.
  private enum Family {
    case liteHRNet, hrnet

    init?(paddle file: Checkpoint) {
      if file["backbone.la1.block_layer2_1.conv1.conv.weight"] != nil {
        self = .hrnet
      } else if file["backbone.stem.expand_conv.norm._mean"] != nil {
        self = .liteHRNet
      } else {
        return nil
      }
    }

    init?(published checkpoint: Checkpoint) {
      guard checkpoint["keypoint_head.final_layer.weight"] != nil else { return nil }
      if checkpoint["backbone.stage2.0.branches.0.0.conv1.weight"] != nil,
        checkpoint["backbone.layer1.0.conv1.weight"] != nil
      {
        self = .hrnet
      } else if checkpoint["backbone.stem.expand_conv.bn.running_mean"] != nil,
        checkpoint["backbone.head_layer.projects.0.depthwise_conv.conv.weight"] != nil
      {
        self = .liteHRNet
      } else {
        return nil
      }
    }

    func published(_ module: String) -> String? {
      if module == "final_conv" { return "keypoint_head.final_layer" }
      switch self {
      case .liteHRNet: return module.replacing(part: "norm", with: "bn")
      case .hrnet:
        for (published, paddle) in hrnetTemplates {
          if let numbers = paddle.numbers(in: module) { return published.name(numbers) }
        }
        return nil
      }
    }

    func paddle(_ module: String) -> String? {
      if module == "keypoint_head.final_layer" { return "final_conv" }
      switch self {
      case .liteHRNet: return module.replacing(part: "bn", with: "norm")
      case .hrnet:
        for (published, paddle) in hrnetTemplates {
          if let numbers = published.numbers(in: module) { return paddle.name(numbers) }
        }
        return nil
      }
    }
  }

  /// Where HRNet's convolutions and norms are, in the published code and in PaddleDetection.
  private static let hrnetTemplates: [(published: NameTemplate, paddle: NameTemplate)] = [
    ("conv{c}", "conv_layer1_{c}.conv"),
    ("bn{c}", "conv_layer1_{c}.norm"),
    ("layer1.{i}.conv{c}", "la1.block_layer2_{i+1}.conv{c}.conv"),
    ("layer1.{i}.bn{c}", "la1.block_layer2_{i+1}.conv{c}.norm"),
    ("layer1.{i}.downsample.0", "la1.block_layer2_{i+1}.conv_down.conv"),
    ("layer1.{i}.downsample.1", "la1.block_layer2_{i+1}.conv_down.norm"),
    // A new branch comes last, and its layers are nested once more.
    ("transition{t}.{t}.0.0", "tr{t}.transition_tr{t}_layer_{t+1}.conv"),
    ("transition{t}.{t}.0.1", "tr{t}.transition_tr{t}_layer_{t+1}.norm"),
    ("transition{t}.{b}.0", "tr{t}.transition_tr{t}_layer_{b+1}.conv"),
    ("transition{t}.{b}.1", "tr{t}.transition_tr{t}_layer_{b+1}.norm"),
    ("stage{s}.{m}.branches.{b}.{i}.conv{c}", branch + ".conv{c}.conv"),
    ("stage{s}.{m}.branches.{b}.{i}.bn{c}", branch + ".conv{c}.norm"),
    ("stage{s}.{m}.fuse_layers.{i}.{j}.{k}.0", fusion + "_{k+1}.conv"),
    ("stage{s}.{m}.fuse_layers.{i}.{j}.{k}.1", fusion + "_{k+1}.norm"),
    ("stage{s}.{m}.fuse_layers.{i}.{j}.0", fusion + ".conv"),
    ("stage{s}.{m}.fuse_layers.{i}.{j}.1", fusion + ".norm"),
  ].map { (NameTemplate("backbone." + $0.0), NameTemplate("backbone." + $0.1)) }

  private static let branch = "st{s}.stage_st{s}_{m+1}.branches_func.bb_st{s}_{m+1}_branch_layer_{b+1}_{i+1}"
  private static let fusion = "st{s}.stage_st{s}_{m+1}.fuse_func.residual_st{s}_{m+1}_layer_{i+1}_{j+1}"
}

extension Tensor {
  /// The weights of a dense layer with inputs and outputs exchanged; other tensors as they are.
  fileprivate func withDenseAxesSwapped(_ leaf: String) -> Tensor {
    guard leaf == "weight", shape.count == 2 else { return self }
    let view = StridedView(shape: [shape[1], shape[0]], strides: [1, shape[1]], offset: 0)
    guard let bytes = view.contiguous(bytes[...], width: type.byteCount, limit: bytes.count),
      let tensor = try? Tensor(shape: [shape[1], shape[0]], type: type, bytes: bytes)
    else { return self }
    return tensor
  }
}
