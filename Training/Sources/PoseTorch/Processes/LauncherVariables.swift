/// A launcher's environment variables, checked one by one.
struct LauncherVariables {
  let launcher: Launcher
  let values: [String: String]

  private static let mostProcesses = 65536

  func torchrunPlace() throws(LauncherError) -> ProcessRank {
    let host = try text(["MASTER_ADDR"])
    let port = try number(["MASTER_PORT"], in: 1...65535)
    var own = try place(
      rank: ["RANK"], size: ["WORLD_SIZE"], localRank: ["LOCAL_RANK"],
      rendezvous: .host(
        host, port: port, isHeldByLauncher: values["TORCHELASTIC_USE_AGENT_STORE"]?.lowercased() == "true"),
      attempt: try number(["TORCHELASTIC_RESTART_COUNT"], in: 0...Int(Int32.max), default: 0))
    own.processorShares = try number(["LOCAL_WORLD_SIZE"], in: 1...own.size, default: 1)
    return own
  }

  func slurmPlace() throws(LauncherError) -> ProcessRank {
    let nodes = ["SLURM_STEP_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NODELIST"]
    let host =
      if let host = values["MASTER_ADDR"] { host } else {
        try firstNode(of: text(nodes), variable: firstPresent(nodes))
      }
    // Jobs that share a machine meet at ports of their own, below those that systems give out themselves.
    let job = try number(["SLURM_JOB_ID", "SLURM_JOBID"], in: 0...Int.max, default: -1)
    let ownPort = job < 0 ? Launcher.defaultPort : 10000 + job % 20000
    return try place(
      rank: ["SLURM_PROCID"], size: ["SLURM_NTASKS", "SLURM_NPROCS"], localRank: ["SLURM_LOCALID"],
      rendezvous: .host(host, port: number(["MASTER_PORT"], in: 1...65535, default: ownPort)),
      attempt: try number(["SLURM_RESTART_COUNT"], in: 0...Int(Int32.max), default: 0))
  }

  func mpiPlace() throws(LauncherError) -> ProcessRank {
    let sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"]
    let localSizes = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "MV2_COMM_WORLD_LOCAL_SIZE"]
    let size = try number(sizes, in: 1...Self.mostProcesses)
    let isOneMachine = try number(localSizes, in: 1...Self.mostProcesses, default: 0) == size
    guard let host = values["MASTER_ADDR"] ?? (isOneMachine ? "127.0.0.1" : nil) else { throw .unknownHost }
    return try place(
      rank: ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK"], size: sizes,
      localRank: ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK"],
      rendezvous: .host(host, port: number(["MASTER_PORT"], in: 1...65535, default: Launcher.defaultPort)))
  }

  private func place(
    rank: [String], size: [String], localRank: [String], rendezvous: ProcessRank.Rendezvous, attempt: Int = 0
  ) throws(LauncherError) -> ProcessRank {
    let count = try number(size, in: 1...Self.mostProcesses)
    return ProcessRank(
      rank: try number(rank, in: 0...count - 1), size: count, localRank: try number(localRank, in: 0...count - 1),
      rendezvous: rendezvous, attempt: attempt)
  }

  /// Of names that mean the same, the one that is set.
  private func firstPresent(_ names: [String]) throws(LauncherError) -> String {
    guard let name = names.first(where: { values[$0]?.isEmpty == false }) else {
      throw .missing(launcher, variable: names.joined(separator: " or "))
    }
    return name
  }

  private func text(_ names: [String]) throws(LauncherError) -> String { values[try firstPresent(names)] ?? "" }

  private func number(
    _ names: [String], in range: ClosedRange<Int>, default fallback: Int? = nil
  ) throws(LauncherError) -> Int {
    if let fallback, !names.contains(where: { values[$0]?.isEmpty == false }) { return fallback }
    let name = try firstPresent(names)
    let value = values[name] ?? ""
    guard let number = Int(value), range.contains(number) else {
      let expected = range.upperBound == .max ? "a number" : "a number from \(range.lowerBound) to \(range.upperBound)"
      throw .malformed(launcher, variable: name, value: value, expected: expected)
    }
    return number
  }

  /// The first of a list of nodes, which may be ranges: `node[003-008,010],login1` begins with `node003`.
  private func firstNode(of list: String, variable: String) throws(LauncherError) -> String {
    var name = ""
    var rest = list[...]
    while let character = rest.popFirst(), character != "," {
      guard character == "[" else {
        name.append(character)
        continue
      }
      let range = rest.prefix { $0 != "]" }
      name += range.prefix { $0 != "-" && $0 != "," }
      guard rest.count > range.count, !range.isEmpty else {
        name = ""
        break
      }
      rest = rest.dropFirst(range.count + 1)
    }
    guard !name.isEmpty, !name.contains("]") else {
      throw .malformed(launcher, variable: variable, value: list, expected: "a list of nodes such as node[1-4]")
    }
    return name
  }
}
