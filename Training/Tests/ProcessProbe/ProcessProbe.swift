import Foundation
import PoseFormats
import PoseTorch

/// One of several processes that tests start, told its place as `torchrun` does.
///
///     process-probe SCENARIO [NAME=VALUE ...]
@main
enum ProcessProbe {
  static func main() {
    do {
      try run(Options(CommandLine.arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(3)
    }
  }

  private static func run(_ options: Options) throws {
    LibTorch.threads = 1
    let place = try Launcher.pytorch.place(in: ProcessInfo.processInfo.environment)
    let group = try place.map { place in
      var place = place
      if let file = options["file"] { place.rendezvous = .file(file) }
      return try ProcessGroup(place, timeout: .seconds(Double(options["timeout"] ?? "") ?? 30))
    }
    guard let group else { return }
    switch options.scenario {
    case "operations": try operations(group)
    case "train": try Training(group, options).run()
    case "lose": try lose(group, options)
    case "disagree":
      let text = options["text"] == nil || group.rank == 0 ? "model\nlite_hrnet_18" : "model\nlite_hrnet_30"
      try group.agree(on: text, as: "configuration")
      _ = try Training(group, options)
    default: print("there is no scenario '\(options.scenario)'")
    }
    try group.barrier()
  }

  private static func operations(_ group: ProcessGroup) throws {
    let rank = Double(group.rank)
    let (sum, greatest) = (try TorchTensor.full([2], rank + 1), try TorchTensor.full([2], rank))
    let mean = try TorchTensor.full([1], rank, type: .float64)
    let first = try TorchTensor.full([3], rank + 7)
    try group.sum(sum)
    try group.max(greatest)
    try group.mean(mean)
    try group.broadcast([first])
    let texts = try group.allGather([UInt8](repeating: 65, count: group.rank)).map {
      String(decoding: $0, as: UTF8.self)
    }
    let results = try group.gather(["rank \(group.rank)": [rank, .infinity]])
    let some = try group.mean(group.rank == 0 ? 4 : nil)
    let numbers = try [sum, greatest, mean, first].map { try $0.floats().map { "\($0)" }.joined(separator: ",") }
    try write("\(numbers.joined(separator: " ")) \(texts) \(results ?? []) \(some ?? 0)")
  }

  /// The process of one rank ends after some steps, or stops without an end.
  private static func lose(_ group: ProcessGroup, _ options: Options) throws {
    let isLost = String(group.rank) == options["rank"]
    let tensor = try TorchTensor.full([1000], 1)
    for _ in 0..<3 { try group.sum(tensor) }
    if isLost { kill(getpid(), options["signal"] == "stop" ? SIGSTOP : SIGKILL) }
    do {
      try group.sum(tensor)
    } catch {
      try write("lost \(group.lostRanks)")
      throw error
    }
  }

  private static func write(_ line: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
  }
}

/// A scenario and what is said about it.
struct Options {
  let scenario: String
  private var values: [String: String] = [:]

  init(_ arguments: ArraySlice<String>) {
    scenario = arguments.first ?? ""
    for argument in arguments.dropFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      if parts.count == 2 { values[parts[0]] = parts[1] }
    }
  }

  subscript(name: String) -> String? { values[name] }
}
