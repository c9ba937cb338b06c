import PoseCore
import PoseGraph

// PyTorch's checkpoints, as torch.save writes them: since 1.6 a ZIP file with a pickle and one entry for each storage,
// before that four pickles and then the storages one after another.

extension Checkpoint {
  /// Reads the bytes of a `.pth` file, of either format, without running anything in it.
  ///
  /// The tensors are those of `state_dict`, `model_state_dict`, `model` or the like, else of the file's own dictionary;
  /// `module.`, which data-parallel training puts before every name, is dropped; views become contiguous. The text and
  /// numbers of `meta`, as MMCV writes it, become metadata. All else, such as the optimiser's state, is left.
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

/// Why bytes are no readable PyTorch checkpoint.
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
    case .noPickle: "this ZIP file has no data.pkl, which torch.save writes: it is no PyTorch checkpoint"
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
