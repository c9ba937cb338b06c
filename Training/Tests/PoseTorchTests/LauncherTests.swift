import Testing

@testable import PoseTorch

struct LauncherTests {
  static let torchrun = [
    "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "gpu1", "MASTER_PORT": "29501",
  ]
  static let slurm = [
    "SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_LOCALID": "1", "SLURM_NODELIST": "node[003-004,010]",
    "SLURM_JOB_ID": "1234567",
  ]
  static let openMPI = [
    "OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_LOCAL_RANK": "1",
    "OMPI_COMM_WORLD_LOCAL_SIZE": "2",
  ]
  static let mpich = ["PMI_RANK": "0", "PMI_SIZE": "2", "MPI_LOCALRANKID": "0", "MPI_LOCALNRANKS": "2"]

  struct Place: Sendable {
    let launcher: Launcher
    let variables: [String: String]
    let expected: ProcessRank?

    init(_ launcher: Launcher, _ variables: [String: String], _ expected: ProcessRank?) {
      (self.launcher, self.variables, self.expected) = (launcher, variables, expected)
    }
  }

  static let places: [Place] = [
    Place(.none, torchrun, nil),
    Place(
      .pytorch, torchrun,
      ProcessRank(rank: 3, size: 4, localRank: 1, rendezvous: .host("gpu1", port: 29501))),
    Place(
      .pytorch, torchrun.merging(["TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2"]) { $1 },
      ProcessRank(
        rank: 3, size: 4, localRank: 1, rendezvous: .host("gpu1", port: 29501, isHeldByLauncher: true), attempt: 2)),
    Place(
      .slurm, slurm, ProcessRank(rank: 5, size: 8, localRank: 1, rendezvous: .host("node003", port: 24567))),
    Place(
      .slurm, slurm.merging(["MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "4000", "SLURM_RESTART_COUNT": "1"]) { $1 },
      ProcessRank(rank: 5, size: 8, localRank: 1, rendezvous: .host("10.0.0.1", port: 4000), attempt: 1)),
    Place(
      .mpi, openMPI, ProcessRank(rank: 1, size: 2, localRank: 1, rendezvous: .host("127.0.0.1", port: 29500))),
    Place(.mpi, mpich, ProcessRank(rank: 0, size: 2, localRank: 0, rendezvous: .host("127.0.0.1", port: 29500))),
    Place(
      .mpi, openMPI.merging(["OMPI_COMM_WORLD_LOCAL_SIZE": "1", "MASTER_ADDR": "n1", "MASTER_PORT": "7"]) { $1 },
      ProcessRank(rank: 1, size: 2, localRank: 1, rendezvous: .host("n1", port: 7))),
  ]

  @Test("a process finds its place by its launcher's variables", arguments: places)
  func finds(_ place: Place) throws {
    #expect(try place.launcher.place(in: place.variables) == place.expected)
  }

  @Test(
    "of a list of nodes, the first is where the processes meet",
    arguments: [
      ("node7", "node7"), ("a,b", "a"), ("node[1-4]", "node1"), ("n[07,09-12],x", "n07"), ("r[1-2]n[05-08]", "r1n05"),
      ("gpu[3]-ib", "gpu3-ib"), ("a-b-[10-11]", "a-b-10"),
    ])
  func nodes(_ list: String, _ first: String) throws {
    let place = try Launcher.slurm.place(in: Self.slurm.merging(["SLURM_NODELIST": list]) { $1 })
    guard case .host(let host, _, _) = place?.rendezvous else { return #expect(Bool(false)) }
    #expect(host == first)
  }

  @Test(
    "a variable that makes no sense is an error that names it",
    arguments: [
      (Launcher.pytorch, torchrun, "RANK", ["-1", "4", "x", "99999999999999999999", "1.0", " 1"]),
      (.pytorch, torchrun, "WORLD_SIZE", ["0", "-3", "65537", "two"]),
      (.pytorch, torchrun, "MASTER_PORT", ["0", "65536", "http"]),
      (.pytorch, torchrun, "LOCAL_RANK", ["4", "a"]),
      (.slurm, slurm, "SLURM_PROCID", ["8", ""]), (.slurm, slurm, "SLURM_JOB_ID", ["x"]),
      (.slurm, slurm, "SLURM_NODELIST", ["", "[", "node[", "node[]", "node[1-2", ",a", "a]"]),
      (.mpi, openMPI, "OMPI_COMM_WORLD_RANK", ["2", "one"]), (.mpi, mpich, "PMI_SIZE", ["0", ""]),
    ])
  func malformed(_ launcher: Launcher, _ variables: [String: String], _ name: String, _ values: [String]) {
    for value in values + [nil] {
      if value == nil, name == "SLURM_JOB_ID" { continue }
      var variables = variables
      variables[name] = value
      let error = #expect(throws: LauncherError.self, "\(name)=\(value ?? "")") {
        try launcher.place(in: variables)
      }
      #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
      #expect(error?.description.contains("--launcher \(launcher.rawValue)") == true)
    }
  }

  @Test("processes of MPI on several machines need to know where rank 0 is")
  func unknownHost() {
    let variables = Self.openMPI.merging(["OMPI_COMM_WORLD_LOCAL_SIZE": "1"]) { $1 }
    let error = #expect(throws: LauncherError.self) { try Launcher.mpi.place(in: variables) }
    #expect(error == .unknownHost)
  }

  @Test("each process of a machine has a GPU of its own, or all have none")
  func devices() throws {
    let place = ProcessRank(rank: 5, size: 8, localRank: 1, rendezvous: .file("x"))
    #expect(try place.device(gpus: 0) == .cpu)
    #expect(try place.device(gpus: 2) == .cuda(1))
    let error = #expect(throws: LauncherError.self) { try place.device(gpus: 1) }
    #expect(error?.description.contains("there is 1") == true)
  }
}
