/// Trained weights: named tensors in file order, and what the file says about them.
public struct Checkpoint: Sendable, Hashable {
  /// The tensors' names in the order of the file, which for the published code is the order of `state_dict()`.
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]
  /// Free text by key: architecture, input size, licence, provenance.
  public var metadata: [String: String] = [:]

  public init(metadata: [String: String] = [:]) {
    self.metadata = metadata
  }

  /// The tensor of that name; setting a new name appends it, setting nil removes it.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      switch (tensors[name] == nil, newValue) {
      case (true, .some): names.append(name)
      case (false, .none): names.removeAll { $0 == name }
      default: break
      }
      tensors[name] = newValue
    }
  }

  /// How many tensors there are.
  public var count: Int { names.count }
}
