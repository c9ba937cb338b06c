import ArgumentParser
import PoseEngine
import PoseMedia

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a dataset or this machine, and say what to do about each problem.",
    discussion: """
      pose doctor
      pose doctor person_keypoints_val2017.json --images val2017
      pose doctor dogs.json --skeleton dog20.yaml --images dogs

      Exit codes: 0 no problem, 1 at least one problem that would spoil a run, 65 the file cannot be read.
      """)

  @OptionGroup var options: DatasetDoctor

  @OptionGroup var json: JSONOption

  func validate() throws {
    if options.annotationFile == nil { try json.checkIsNoArgument(of: "doctor") }
  }

  func run() throws {
    try reporting {
      var roles = FileRoles(reading: [options.annotationFile, options.skeleton, options.boxes])
      try roles.write(json.file, "--json")
      if let annotations = options.annotationFile { return try options.check(annotations, json: json) }
      let findings = Findings()
      try json.write(pose.json(findings))
      if !json.isStandardOutput {
        var table = Table("", "")
        table.append("processor", findings.processor)
        table.append("processors", String(findings.processors))
        table.append("kernels", "\(findings.kernels) (of \(findings.availableKernels.joined(separator: ", ")))")
        table.append("precisions", findings.precisions.joined(separator: ", "))
        table.append("training", findings.training.state)
        for (name, version) in findings.libraries.sorted(by: { $0.key < $1.key }) { table.append(name, version) }
        try standardOutput(String(table.text.drop { $0 == "\n" }))
        for problem in findings.problems { try standardOutput("\n! \(problem)") }
        if let remedy = findings.training.remedy {
          try standardOutput("\n- Training: \(remedy)")
        } else if findings.problems.isEmpty {
          try standardOutput("\nNothing is missing.")
        }
      }
      if !findings.problems.isEmpty { throw ExitCode(1) }
    }
  }

  /// Whether `pose train` would find what it needs. Nothing else needs it.
  private struct Training: Encodable {
    let state: String
    let remedy: String?

    init() {
      guard let path = CompanionProgram.train.path else {
        state = "no pose-train"
        remedy = "pose-train is missing. In a checkout, `make libtorch` fetches LibTorch, and `make train` builds it."
        return
      }
      let starts = CompanionProgram.starts(path)
      state = starts ? path : "pose-train without LibTorch"
      remedy =
        starts
        ? nil : "'\(path)' does not start, probably because LibTorch is missing: `make libtorch` fetches it."
    }
  }

  private struct Findings: Encodable {
    let processor: String
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let kernels = KernelSet.best.rawValue
    let availableKernels = KernelSet.allCases.filter(\.isAvailable).map(\.rawValue)
    let precisions = Precision.allCases.filter(\.isAvailable).map(\.rawValue)
    let libraries = mediaLibraries
    let training = Training()
    let problems: [String]

    init() {
      processor = Self.processorName
      var problems: [String] = []
      if KernelSet.best == .portable {
        problems.append(
          "This processor has neither AVX2 nor NEON: the portable kernels run, several times slower than others would.")
      }
      if ProcessInfo.processInfo.activeProcessorCount < 2 {
        problems.append("There is one processor: estimates cannot be shared out over threads.")
      }
      self.problems = problems
    }

    private static var processorName: String {
      let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      let line = info.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("Hardware") }
      return line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "unknown"
    }
  }
}
