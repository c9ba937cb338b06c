import PoseCore

/// What starts the processes of a run, and tells each its place by environment variables.
public enum Launcher: String, Sendable, Hashable, CaseIterable {
  /// One process alone.
  case none
  /// `torchrun --no-python`: `RANK`, `WORLD_SIZE`, `LOCAL_RANK`, `MASTER_ADDR`, `MASTER_PORT`.
  case pytorch
  /// `srun`: `SLURM_PROCID`, `SLURM_NTASKS`, `SLURM_LOCALID`, `SLURM_NODELIST`.
  case slurm
  /// `mpirun` of Open MPI, MPICH, Intel MPI or MVAPICH: `OMPI_COMM_WORLD_RANK` or `PMI_RANK` and their like.
  case mpi

  /// The port where processes meet unless `MASTER_PORT` says otherwise, as the published code has it.
  static let defaultPort = 29500

  /// The place of the process that has these variables; nil for a process alone.
  ///
  /// - Throws: ``LauncherError`` with the variable that is missing or makes no sense.
  public func place(in environment: [String: String]) throws(LauncherError) -> ProcessRank? {
    let variables = LauncherVariables(launcher: self, values: environment)
    switch self {
    case .none: return nil
    case .pytorch: return try variables.torchrunPlace()
    case .slurm: return try variables.slurmPlace()
    case .mpi: return try variables.mpiPlace()
    }
  }
}

/// A process's rank among those of its run, and where they meet.
public struct ProcessRank: Sendable, Hashable {
  /// Where the processes find each other.
  public enum Rendezvous: Sendable, Hashable {
    /// Rank 0 listens there, unless the launcher does.
    case host(String, port: Int, isHeldByLauncher: Bool = false)
    /// A file that all see and that is not there before.
    case file(String)
  }

  /// From 0; rank 0 writes checkpoints and logs.
  public var rank: Int
  /// How many processes there are.
  public var size: Int
  /// Among the processes of one machine, from 0: which GPU is its own.
  public var localRank: Int
  public var rendezvous: Rendezvous
  /// How many processes share this machine's processors, where the launcher gives none its own.
  public var processorShares: Int
  /// Differs where the launcher starts a run again at the same rendezvous.
  public var attempt: Int

  public init(
    rank: Int, size: Int, localRank: Int, rendezvous: Rendezvous, processorShares: Int = 1, attempt: Int = 0
  ) {
    self.rank = rank
    self.size = size
    self.localRank = localRank
    self.rendezvous = rendezvous
    self.processorShares = processorShares
    self.attempt = attempt
  }

  /// The process's own GPU, or the CPU where there are none.
  ///
  /// - Throws: ``LauncherError`` where the machine has fewer GPUs than processes.
  public func device(gpus: Int = Device.cudaCount) throws(LauncherError) -> Device {
    if gpus == 0 { return .cpu }
    guard localRank < gpus else { throw .tooFewGPUs(localRank: localRank, gpus: gpus) }
    return .cuda(localRank)
  }
}

/// Why a launcher's environment says nothing of use.
public enum LauncherError: UserError, Hashable {
  case missing(Launcher, variable: String)
  case malformed(Launcher, variable: String, value: String, expected: String)
  /// Processes on several machines, and none says where rank 0 is.
  case unknownHost
  case tooFewGPUs(localRank: Int, gpus: Int)

  public var description: String {
    switch self {
    case .missing(let launcher, let variable):
      "--launcher \(launcher.rawValue): \(variable) is not set; start the processes with \(launcher.command), or leave "
        + "out --launcher to train in one process"
    case .malformed(let launcher, let variable, let value, let expected):
      "--launcher \(launcher.rawValue): \(variable) is '\(value)', not \(expected); start the processes with "
        + "\(launcher.command)"
    case .unknownHost:
      "--launcher mpi: the processes are on several machines; say where rank 0 is: mpirun -x MASTER_ADDR=HOST"
    case .tooFewGPUs(let localRank, let gpus):
      "process \(localRank + 1) of this machine has no GPU of its own: there \(gpus == 1 ? "is 1" : "are \(gpus)"); "
        + "start as many processes a machine"
    }
  }
}

extension Launcher {
  fileprivate var command: String {
    switch self {
    case .none: "no launcher"
    case .pytorch: "torchrun --no-python --nproc-per-node N"
    case .slurm: "srun --ntasks N"
    case .mpi: "mpirun -n N"
    }
  }
}
