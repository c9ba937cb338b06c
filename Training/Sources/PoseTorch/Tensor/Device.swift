import CTorch

/// Where tensors are and operators run.
public struct Device: Sendable, Hashable {
  let type: Int32
  let index: Int32

  init(type: Int32, index: Int32) {
    self.type = type
    self.index = index
  }

  public static let cpu = Device(type: 0, index: -1)
  /// One of the machine's NVIDIA GPUs, counted from 0.
  public static func cuda(_ index: Int = 0) -> Device { Device(type: 1, index: Int32(clamping: index)) }

  public var isCPU: Bool { type == 0 }

  /// How many GPUs this machine and this LibTorch have for us. The first call loads LibTorch's half for CUDA.
  public static var cudaCount: Int { hasCUDALibrary ? torch_cuda_devices() : 0 }

  /// Whether this LibTorch has a half for CUDA. It looks for it once, so the library must be there before anything asks.
  public static let hasCUDALibrary = torch_load_cuda("libtorch_cuda.so")

  /// Waits until all work given to the device is done.
  public func synchronize() throws(LibTorchError) {
    try LibTorchError.check(torch_synchronize(type, index), "synchronize")
  }
}

extension Device {
  /// What the device's next random numbers come from: a tensor of bytes.
  public func randomState() throws(LibTorchError) -> TorchTensor {
    try TorchTensor(taking: torch_random_state(type, index), "random state")
  }

  /// Goes on drawing random numbers from a state that ``randomState()`` gave.
  public func setRandomState(_ state: TorchTensor) throws(LibTorchError) {
    try LibTorchError.check(state.with { torch_set_random_state(type, index, $0) }, "random state")
  }
}

extension Device {
  /// The most bytes that tensors have taken there at once; nil on the CPU.
  public var peakMemory: Int? { isCPU ? nil : torch_peak_memory(type, max(index, 0)) }
}

extension Device: CustomStringConvertible {
  public var description: String { isCPU ? "cpu" : "cuda:\(max(index, 0))" }
}

/// LibTorch as a whole.
public enum LibTorch {
  public static var version: String { String(cString: torch_version()) }

  /// How many threads one operator uses on the CPU.
  public static var threads: Int {
    get { Int(torch_threads()) }
    set { torch_set_threads(Int32(clamping: max(newValue, 1))) }
  }

  /// Gives the system the CPU's memory that is kept for later tensors, after work of other sizes than what follows.
  public static func giveBackMemory() { torch_give_back_memory() }

  /// Keeps large blocks of memory for later tensors instead of giving them back to the system, which would clear every
  /// page anew in each step; and lets numbers too small to be normal be zero, which CPUs compute with a hundred times
  /// slower and which fresh networks are full of. Networks on the CPU ask for it themselves.
  static func prepareCPU() { _ = isPrepared }

  private static let isPrepared: Bool = {
    torch_keep_memory()
    return torch_flush_denormals()
  }()

  /// Starts every device's random numbers anew, as dropout draws them.
  public static func seed(_ seed: UInt64) throws(LibTorchError) { try LibTorchError.check(torch_seed(seed), "seed") }

  /// From now on, operators that could give other bits each time are not used, or fail where there is no other; CPUs' do
  /// not anyway.
  public static func requireDeterminism() throws(LibTorchError) {
    try LibTorchError.check(torch_require_determinism(), "deterministic")
  }
}
