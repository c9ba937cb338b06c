import Foundation
import PoseCodecs
import PoseCore
import Testing

struct TargetCatalogueTests {
  static let grid = TargetGrid(joints: 2, input: Size(height: 64, width: 48), maps: Size(height: 16, width: 12))

  @Test("the build finds every target, by the name that configurations use for its codec")
  func names() {
    #expect(
      TargetCatalogue.names == [
        "adaptive_pose", "associative_embedding", "cid", "dark", "default", "dekr", "dekr_official",
        "integral_one_hot", "integral_regression", "megvii", "movenet", "regression", "rtmo", "simcc", "udp",
        "udp_combined", "yolo_pose", "yolox_pose",
      ])
    #expect(
      Set(TargetCatalogue.names).subtracting(TargetCatalogue.personNames) == [
        "adaptive_pose", "associative_embedding", "cid", "dekr", "dekr_official", "rtmo", "yolo_pose", "yolox_pose",
      ])
    #expect(TargetCatalogue.target(named: "nothing") == nil)
  }

  @Test("a target says which outputs it is for, and encodes as many floats", arguments: TargetCatalogue.names)
  func ports(_ name: String) throws {
    let target = try #require(TargetCatalogue.target(named: name))
    let encoder = try TargetEncoder(target, for: Self.grid)
    let joints = [LabelledKeypoint(x: 20, y: 30), LabelledKeypoint(x: 0, y: 0, isLabelled: false)]
    let box = BoundingBox(x: 10, y: 10, width: 20, height: 30)
    let encoded = encoder.encode(LabelledScene(people: [LabelledPerson(joints: joints, box: box)]))
    #expect(encoder.ports.allSatisfy { $0.accepts($0.shape) && !$0.accepts($0.shape + [1]) })
    #expect(encoded.values.map(\.count) == encoder.counts && encoded.weights == [1, 0])
    #expect(Set(encoder.ports.map(\.name)).count == encoder.ports.count)
  }

  @Test("settings are stored under the names that the codec section has for them", arguments: TargetCatalogue.names)
  func coding(_ name: String) throws {
    func copy<T: Target>(of target: T) throws -> any Target {
      try JSONDecoder().decode(T.self, from: JSONEncoder().encode(target))
    }
    let target = try #require(TargetCatalogue.target(named: name))
    #expect(try AnyHashable(copy(of: target)) == AnyHashable(target))
    let keys = try JSONSerialization.jsonObject(with: JSONEncoder().encode(target)) as? [String: Any]
    let expected: [String: Set<String>] = [
      "default": ["sigma"], "dark": ["sigma"], "udp": ["sigma"], "udp_combined": ["radius"], "megvii": ["kernel"],
      "associative_embedding": ["sigma"], "cid": ["jitter"],
      "dekr": ["sigma", "center_sigma", "background_weight", "least_diagonal", "regresses"],
      "dekr_official": ["sigma", "center_sigma", "background_weight", "least_diagonal", "regresses"],
      "simcc": ["split_ratio", "sigma"], "integral_regression": ["sigma"],
    ]
    #expect(Set((keys ?? [:]).keys) == expected[name, default: []])
  }

  @Test("an output may give more numbers than coordinates, such as their spread")
  func spread() throws {
    let port = try #require(try RegressionTarget().ports(for: Self.grid).first)
    #expect(port.accepts([2, 2]) && port.accepts([2, 4]) && !port.accepts([2, 1]) && !port.accepts([3, 2]))
  }
}
