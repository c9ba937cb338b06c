import PoseConfiguration
import PoseCore
import PoseGraph
import PoseModels
import Testing

/// Arguments come from files, so none may make a network trap, take all memory or run for minutes.
struct HostileArgumentTests {
  private static let numbers: [ConfigurationValue] = [0, 1, 3, 7, 16384].map(ConfigurationValue.number)

  /// The arguments with each number, and each list, replaced by bad ones, one at a time.
  private static func variants(of value: ConfigurationValue) -> [ConfigurationValue] {
    switch value {
    case .number: return numbers + [.number(0.5)]
    case .bool(let bool): return [.bool(!bool)]
    case .text, .null: return [.null, .text("1x1"), .text("0x0"), .text("shuffle"), .text("basic")]
    case .list(let items):
      let changed = items.indices.prefix(3).flatMap { index in
        variants(of: items[index]).map { variant in
          var items = items
          items[index] = variant
          return ConfigurationValue.list(items)
        }
      }
      let repeated = items.first.map { [ConfigurationValue.list(Array(repeating: $0, count: 64))] } ?? []
      return [.list([])] + numbers.map { .list([$0]) } + [.list(Array(items.dropLast())), .list(items + items)]
        + repeated
        + changed
    case .section(let section):
      return section.sorted { $0.key < $1.key }.flatMap { key, value in
        variants(of: value).map { variant in
          var section = section
          section[key] = variant
          return ConfigurationValue.section(section)
        }
      }
    }
  }

  /// How many of a part's variants make a network, and how many are refused.
  private static func count<Part>(
    _ name: String, _ catalogue: [String: Part], _ build: (Part) throws -> Graph
  ) throws -> (built: Int, refused: Int) {
    var counts = (built: 0, refused: 0)
    let complete = try PartDescription(name).completed(in: catalogue)
    for case .section(let arguments) in variants(of: .section(complete.arguments)) {
      do {
        _ = try build(try PartDescription(name, arguments).part(in: catalogue))
        counts.built += 1
      } catch is PartError {
        counts.refused += 1
      } catch is GraphError {
        counts.refused += 1
      }
    }
    return counts
  }

  /// One entry of each family.
  static func families<Part>(_ entries: [String: Part]) -> [String] {
    var seen: Set<String> = []
    return entries.sorted { $0.key < $1.key }.filter { seen.insert("\(type(of: $0.value))").inserted }.map(\.key)
  }

  private static let task = HeadTask(joints: .lsp14, input: Size(height: 64, width: 96))

  @Test(
    "a backbone with bad arguments is built or refused", arguments: families(BackboneCatalogue.entries))
  func backbones(_ name: String) throws {
    let head = HeatmapHead()
    let counts = try Self.count(name, BackboneCatalogue.entries) { backbone in
      func graph(_ backbone: some Backbone) throws -> Graph {
        try Graph(name, task: Self.task, backbone: backbone, head: head)
      }
      return try graph(backbone)
    }
    #expect(counts.refused > 0 || counts.built == 0, "\(counts)")
  }

  @Test("a neck with bad arguments is built or refused", arguments: families(NeckCatalogue.entries))
  func necks(_ name: String) throws {
    let counts = try Self.count(name, NeckCatalogue.entries) { neck in
      try Graph(name, task: Self.task, backbone: ResNet.resNet18, neck: neck, head: HeatmapHead())
    }
    #expect(counts.refused > 0, "\(counts)")
  }

  @Test("a head with bad arguments is built or refused", arguments: families(HeadCatalogue.entries))
  func heads(_ name: String) throws {
    let neck: (any Neck)? = name.hasPrefix("poseur") ? NeckCatalogue.neck(named: "channel_mapper") : nil
    let counts = try Self.count(name, HeadCatalogue.entries) { head in
      func graph(_ head: some Head) throws -> Graph {
        try Graph(name, task: Self.task, backbone: ResNet.resNet18, neck: neck, head: head)
      }
      return try graph(head)
    }
    #expect(counts.built + counts.refused > 0)
  }
}
