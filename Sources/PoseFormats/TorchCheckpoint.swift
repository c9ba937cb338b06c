import PoseCore
import PoseGraph

// PyTorch's checkpoints, as `torch.save` writes them. Since PyTorch 1.6, they are ZIP files with a pickle and one entry
// for each storage. Before that, they consisted of four pickles, followed by the storages one after another.

extension Checkpoint {
  /// Reads the bytes of a `.pth` file, in either format, without running any code in it.
  ///
  /// The tensors are those of `state_dict`, `model_state_dict`, `model` or a similar key. If the file has no such key,
  /// they are those of its top-level dictionary. The prefix `module.`, which data-parallel training puts before every
  /// name, is dropped, and views become contiguous. The texts and numbers of `meta`, as MMCV writes it, become
  /// metadata. Everything else, such as the state of the optimizer, is ignored.
  ///
  /// - Throws: ``TorchError``.
  public init(torch bytes: [UInt8]) throws(TorchError) {
    var file = ZipArchive.isZip(bytes) ? try TorchFile(zip: bytes) : try TorchFile(legacy: bytes)
    let tensors = try file.stateDictionary()
    let isDistributed = tensors.allSatisfy { $0.name.hasPrefix("module.") }
    self.init(metadata: file.metadata)
    for (name, tensor) in tensors {
      self[isDistributed ? String(name.dropFirst("module.".count)) : name] = try file.read(tensor, name: name)
    }
  }
}

/// The reasons why bytes cannot be read as a PyTorch checkpoint.
public enum TorchError: UserError, Hashable {
  case zip(ZipError)
  case pickle(PickleError)
  case noPickle
  case torchScript
  case bigEndian
  case noTensors(keys: [String])
  case badTensor(String, reason: String)
  case expandsTooFar(String)
}

extension TorchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .zip(let error): "\(error)"
    case .pickle(let error): "\(error)"
    case .noPickle: "this ZIP file has no data.pkl, which torch.save writes: it is not a PyTorch checkpoint"
    case .torchScript: "this is a TorchScript program, not a checkpoint: in Python, torch.save its state_dict()"
    case .bigEndian: "this file was written on a big-endian machine: load it in Python and torch.save it again"
    case .noTensors(let keys):
      "there are no tensors in state_dict, model or the top level: the file has "
        + (keys.isEmpty ? "no keys" : "the keys \(keys.prefix(12).joined(separator: ", "))")
    case .badTensor(let name, let reason): "tensor '\(name)': \(reason)"
    case .expandsTooFar(let name):
      "tensor '\(name)' and those before it are far larger than the file: in Python, save clones instead of views"
    }
  }
}
