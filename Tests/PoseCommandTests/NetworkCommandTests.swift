import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import TestSupport
import Testing

struct NetworkCommandTests {
  @Test(
    "summary counts what was published",
    arguments: [
      ("litehrnet_18_coco_256x192", 1_130_769, 215_202_112), ("litehrnet_30_mpii_256x256", 1_763_676, 446_005_976),
      ("naive_litehrnet_18_coco_256x192", 760_365, 204_217_152),
    ])
  func summary(_ name: String, _ parameters: Int, _ flops: Int) throws {
    let run = try Command("summary", name, "--json", "-")
    let counts = try #require(JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(counts["configuration"] as? String == name)
    #expect(counts["parameters"] as? Int == parameters && counts["published_flops"] as? Int == flops)
    #expect((counts["multiply_adds"] as? Int ?? 0) > 100_000_000)
  }

  @Test("summary writes tables", arguments: ["csv", "html"])
  func tables(_ suffix: String) throws {
    let file = ScratchFolder.file(suffix)
    #expect(try Command("summary", "litehrnet_18_coco_256x192", "--layers", "--output", file.path).code == 0)
    #expect(try String(contentsOf: file, encoding: .utf8).contains("backbone.stem.conv1.conv"))
  }

  @Test("forward equals the published network", arguments: ["npy", "npz"])
  func forward(_ suffix: String) throws {
    let name = "litehrnet_30_coco_256x192"
    let input = ScratchFolder.file("npy")
    try Data(WeightRecipe.input(shape: [2, 3, 256, 192]).npy()).write(to: input)
    let output = ScratchFolder.file(suffix)
    let run = try Command(
      "forward", "--config", name, "--weights", "recipe", "--norm-gain", "\(RecipeGain.of(name))", "--input",
      input.path,
      "--output", output.path)
    #expect(run.code == 0 && run.errors == "")
    let result =
      suffix == "npz"
      ? try NumpyArchive(contentsOf: output.path).tensor("heatmaps")
      : try Tensor(npy: Array(Data(contentsOf: output)))
    let golden = try GoldenFile.archive("golden/litehrnet/\(name).npz").sample("recipe_output")
    let ours = golden.places(in: result.floats)
    let largest = golden.values.reduce(0) { max($0, $1.magnitude) }
    #expect(ours.count == golden.values.count)
    #expect(zip(ours, golden.values).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
  }

  @Test("weights survive conversions, and bring their configuration along")
  func convert() throws {
    let (safetensors, pth) = (ScratchFolder.file("safetensors").path, ScratchFolder.file("pth").path)
    #expect(try Command("convert", Sample.weights, safetensors).code == 0)
    #expect(try Command("convert", safetensors, pth).code == 0)
    let (before, after) = (try Checkpoint(contentsOf: Sample.weights), try Checkpoint(contentsOf: pth))
    #expect(before.names == after.names)
    #expect(before.names.allSatisfy { before[$0] == after[$0] })
    #expect(try Command("summary", safetensors).output.hasPrefix("wider_naive_litehrnet_18_person_256x192"))
  }

  @Test("weights of further layers come beside a network's, and stay there")
  func adds() throws {
    let yaml = """
      model: { backbone: { name: hrnet, multiscale: true, channels: [4, 8, 16, 32], modules: [1, 1, 1] }, neck: concatenation, \
      head: dekr_official, joints: coco17, input: 64x64, names: bare }
      image: { geometry: short_side }
      codec: dekr_official
      """
    let config = try Sample.file(Data(yaml.utf8), "yaml")
    let configuration = try Zoo.configuration(named: config)
    var scoring = configuration
    scoring.model.head.arguments["rescores"] = .bool(true)
    let all = WeightRecipe.checkpoint(for: try scoring.graph())
    var (network, layers) = (Checkpoint(), Checkpoint())
    for name in all.names {
      if ["l1", "l2", "l3"].contains(where: name.hasPrefix) {
        layers[name] = all[name]
      } else {
        network[name] = all[name]
      }
    }
    #expect(layers.count == 6)
    let files = try [network, layers].map { try Sample.file(Data($0.safetensors()), "safetensors") }
    let output = ScratchFolder.file("safetensors").path
    let run = try Command("convert", files[0], output, "--config", config, "--add", files[1])
    #expect(run.code == 0, "\(run.errors)")
    let written = try Checkpoint(contentsOf: output)
    #expect(Set(written.names) == Set(all.names))
    #expect(try Command("convert", output, ScratchFolder.file("pth").path).code == 0)
    let twice = try Command(
      "convert", output, ScratchFolder.file("safetensors").path, "--config", config, "--add", files[1])
    #expect(twice.code == 65 && twice.errors.contains("'l1.weight'"), "\(twice.errors)")
  }

  @Test("models and doctor speak JSON")
  func lists() throws {
    let models = try Command("models", "--json", "-")
    #expect(models.code == 0 && models.output.contains("litehrnet_18_coco_256x192"))
    let doctor = try Command("doctor", "--json", "-")
    #expect(doctor.output.contains("kernels"))
    #expect(try JSONSerialization.jsonObject(with: Data(doctor.output.utf8)) is [String: Any])
  }
}
