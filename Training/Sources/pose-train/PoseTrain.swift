import ArgumentParser
import Foundation
import PoseConfiguration
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseTorch
import PoseTraining

/// `pose train` hands over to this program.
@main
struct PoseTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pose train",
    abstract: "Train a network as its configuration says.",
    discussion: """
      The published datasets are looked for in data/, and --set names others. All that a run makes is in its work folder: \
      best.safetensors and last.safetensors for `pose predict`, checkpoints to go on from, logs.

      pose train litehrnet_18_coco_256x192
      pose train litehrnet_18_coco_256x192 --resume-from auto
      pose train litehrnet_18_coco_256x192 --set train.epochs=10 --set train.batch=16 --print-config
      pose train my.yaml --set train.data.train.0.annotations=people.json --set train.data.train.0.images=pictures
      pose train rtmdet_nano_person --set train.data.train.0.annotations=boxes.json --set train.data.train.0.images=pictures

      Ctrl-C writes a checkpoint and ends; a second one ends at once. Exit codes: 0 done, 64 wrong usage, 65 an input \
      cannot be used, 70 a fault of this program, 74 output cannot be written, 75 another process of the run was lost, 130 interrupted.
      """)

  @Argument(help: "The configuration: a name that `pose models` lists, or a YAML file.")
  var config: String

  @Option(
    help: ArgumentHelp("The folder for checkpoints, weights and logs. Defaults to runs/CONFIG.", valueName: "folder"))
  var workDir: String?

  @Option(
    help: ArgumentHelp(
      "Resume from a checkpoint file, or with auto from the last checkpoint in the work folder.", valueName: "file|auto"
    ))
  var resumeFrom: String?

  @Option(help: ArgumentHelp("Start from the weights of a .safetensors or .pth file.", valueName: "file"))
  var loadFrom: String?

  @Flag(
    help:
      "Load only tensors of --load-from whose name and shape match, and output rows of shared joints. Initialize the rest."
  )
  var loadMatching = false

  @Option(help: "The random seed. Defaults to the configuration's seed.")
  var seed: UInt64?

  @Flag(help: "Use only deterministic operators. On CUDA they are slower.")
  var deterministic = false

  @Flag(name: .customLong("validate"), inversion: .prefixedNo, help: "Validate every train.validate_every epochs.")
  var validates = true

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Replace a value of the configuration, such as train.optimizer.lr=1e-3.", valueName: "key=value")
  )
  var settings: [String] = []

  @Flag(help: "Print the configuration that would be used, and exit.")
  var printConfig = false

  @Option(help: ArgumentHelp("The device to train on: cpu, cuda or cuda:1.", valueName: "device"))
  var device = "cpu"

  @Flag(help: "Use mixed precision: bfloat16 on the CPU, float16 with loss scaling on CUDA.")
  var amp = false

  @Flag(help: "Scale the learning rate by the batch size over all processes, relative to train.base_batch_size.")
  var autoscaleLr = false

  @Option(help: "The number of CPU threads. Defaults to one for each processor.")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "The launcher of a run with several processes: none, pytorch (torchrun --no-python), slurm (srun) or mpi (mpirun).",
      valueName: "launcher"))
  var launcher = Launcher.none

  @Option(help: ArgumentHelp("How long a process waits for the others before the run fails.", valueName: "seconds"))
  var processTimeout = 600.0

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1...1024.") }
    if !(processTimeout >= 1 && processTimeout <= 1e6) {
      throw ValidationError("--process-timeout must be 1...1000000.")
    }
    if resumeFrom != nil, loadFrom != nil {
      throw ValidationError("--resume-from goes on with a run's weights: leave --load-from out.")
    }
    if loadMatching, loadFrom == nil { throw ValidationError("--load-matching goes with --load-from.") }
    if parsedDevice == nil { throw ValidationError("--device takes cpu, cuda or cuda:NUMBER, not '\(device)'.") }
  }

  func run() throws {
    do {
      try train()
    } catch let code as ExitCode {
      throw code
    } catch {
      FileHandle.standardError.write(Data("pose train: \(error)\n".utf8))
      throw ExitCode(error.exitCode)
    }
  }

  private func train() throws {
    var settings = settings
    if let seed { settings.append("train.seed=\(seed)") }
    if amp { settings.append("train.precision=\(device == "cpu" ? "bfloat16" : "float16")") }
    let configuration = try Zoo.configuration(named: config, settings: settings)
    if printConfig {
      print(try configuration.yaml(), terminator: "")
      return
    }
    let place = try launcher.place(in: ProcessInfo.processInfo.environment)
    let threads = threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount / (place?.processorShares ?? 1))
    LibTorch.threads = max(1, threads / (configuration.train?.microbatches ?? 1))
    // Each process of a machine takes a GPU of its own.
    let device = try self.device == "cuda" ? place?.device() ?? .cuda() : parsedDevice ?? .cpu
    if !device.isCPU, Device.cudaCount == 0 {
      throw TrainingError.configuration(
        name: "--device \(self.device)",
        reason: Device.hasCUDALibrary
          ? "there is no GPU here that LibTorch can use. See what nvidia-smi says, or use cpu"
          : "this LibTorch is not for CUDA. Name one that is in LIBTORCH and build again, or use cpu")
    }
    if deterministic { try LibTorch.requireDeterminism() }
    let folder = try WorkFolder(workDir ?? "runs/\(configuration.name)")
    let resumed = try resumeFrom.map { $0 == "auto" ? try newestCheckpoint(in: folder) : $0 }
    if resumed == nil, !folder.newestCheckpoints.isEmpty { throw TrainingError.folderInUse(folder.path) }
    var options = Experiment.Options()
    if let place { options.group = try ProcessGroup(place, timeout: .seconds(processTimeout)) }
    let isFirst = options.group.rank == 0
    if isFirst { folder.removeLeftovers() }
    options.device = device
    options.weights = try loadFrom.map { try weights($0, of: configuration) }
    options.isResumed = resumed != nil
    options.scalesRate = autoscaleLr
    let experiment = try Experiment(configuration, options: options)
    let trainer = try Trainer(experiment, in: folder, from: resumed)
    trainer.warn = Self.note
    if validates, let (validation, words) = try self.validation(configuration, threads, options.group) {
      trainer.validation = validation
      if isFirst { Self.note(words) }
    }
    if isFirst {
      trainer.logs = try logs(
        in: folder, of: configuration, from: resumed == nil ? 0 : trainer.progress.iteration,
        validatesAgain: trainer.validationIsDue)
    }
    trainer.interruption = Interruption()
    if isFirst { try FileBytes.write(Array(configuration.yaml().utf8), to: folder.file("config.yaml")) }
    let problems = experiment.task.problems
    func note(_ text: String) { if isFirst { Self.note(text) } }
    for problem in problems.first.prefix(10) { note("left out: \(problem)") }
    if problems.count > 10 { note("\(problems.count) entries were left out in all") }
    if let resumed { note("goes on from \(resumed)") }
    if let (count, all) = experiment.reinitializedUnits {
      note("\(count) of \(all) units were dormant and got fresh weights")
    }
    switch try trainer.run() {
    case .done: note("done: \(folder.file("last.safetensors"))")
    case .interrupted(let checkpoint):
      note("interrupted; --resume-from auto goes on from \(checkpoint)")
      throw ExitCode(130)
    }
  }

  /// What validates the configuration's weights, and what to tell about it; nil where nothing does.
  private func validation(
    _ configuration: ModelConfiguration, _ threads: Int, _ group: ProcessGroup
  ) throws -> (any Validating, words: String)? {
    if configuration.segmentsPictures {
      return try MaskValidation(configuration, threads: threads, group: group).map { validation in
        var validation = validation
        validation.warn = Self.note
        return (validation, "validates on \(validation.pictureCount) pictures")
      }
    }
    guard configuration.model.classes.isEmpty else {
      return try BoxValidation(configuration, threads: threads, group: group).map { validation in
        var validation = validation
        validation.warn = Self.note
        return (validation, "validates on \(validation.pictureCount) pictures")
      }
    }
    return try Validation(configuration, threads: threads, group: group).map { validation in
      var validation = validation
      validation.warn = Self.note
      let procedure = configuration.test.flip ? "with the flip test" : "without the flip test"
      return (
        validation,
        "validates on \(validation.dataset.people.count) people \(procedure); --set test.flip changes it"
      )
    }
  }

  private func logs(
    in folder: WorkFolder, of configuration: ModelConfiguration, from iteration: Int, validatesAgain: Bool
  ) throws -> [any TrainingLog] {
    let lines = try JSONLinesLog(
      folder.file("log.jsonl"), resumedAt: iteration, validatesAgain: validatesAgain)
    let events = try TensorBoardLog(
      folder.path, configuration: configuration.yaml(), resumedAt: iteration > 0 ? iteration : nil)
    return [TerminalLog(), lines, events, CurveLog(folder.file("curve.png"), earlier: lines.earlier)]
  }

  private func weights(_ path: String, of configuration: ModelConfiguration) throws -> Checkpoint {
    let loaded = try Checkpoint(contentsOf: path)
    guard loadMatching else { return loaded }
    let fresh = try configuration.graph().initialized(seed: configuration.train?.seed ?? 0)
    let transfer = try WeightTransfer(fresh, of: configuration, from: loaded)
    let (count, renewed) = (transfer.weights.count, transfer.renewed)
    Self.note("\(count - renewed.count) of \(count) tensors are from '\(path)'")
    for name in renewed.prefix(10) { Self.note("begins anew, but for joints that both have: \(name)") }
    if renewed.count > 10 { Self.note("\(renewed.count) begin anew in all") }
    return transfer.weights
  }

  private func newestCheckpoint(in folder: WorkFolder) throws -> String {
    guard let newest = folder.newestCheckpoints.first else {
      throw TrainingError.nothingToResume(folder: folder.path)
    }
    return newest
  }

  private var parsedDevice: Device? {
    let parts = device.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts.first, parts.count) {
    case ("cpu", 1): return .cpu
    case ("cuda", 1): return .cuda()
    case ("cuda", 2): return Int(parts[1]).flatMap { (0..<128).contains($0) ? .cuda($0) : nil }
    default: return nil
    }
  }

  private static func note(_ text: String) { FileHandle.standardError.write(Data("pose train: \(text)\n".utf8)) }
}
