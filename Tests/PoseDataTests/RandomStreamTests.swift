import Foundation
import Testing

@testable import PoseData

@Suite struct RandomStreamTests {
  @Test("the same seed gives the same numbers, another gives others")
  func seeds() {
    func first(_ seed: UInt64) -> [UInt64] {
      var stream = RandomStream(seed: seed)
      return (0..<8).map { _ in stream.next() }
    }
    #expect(first(7) == first(7))
    #expect(Set((0..<1000).flatMap { first($0) }).count == 8000)
  }

  @Test("splits depend on the number alone, not on the order, and never meet their origin")
  func splits() {
    let origin = RandomStream(seed: 1)
    var (a, b) = (origin.split(3), origin.split(3))
    _ = origin.split(4)
    #expect(a.next() == b.next())
    var numbers: Set<UInt64> = []
    for number in 0..<1000 {
      var stream = origin.split(UInt64(number))
      for _ in 0..<10 { numbers.insert(stream.next()) }
    }
    var own = origin
    for _ in 0..<1000 { numbers.insert(own.next()) }
    #expect(numbers.count == 11000)
  }

  @Test("a saved stream goes on where it was")
  func saved() throws {
    var stream = RandomStream(seed: 9).split(2)
    for _ in 0..<5 { _ = stream.normal() }
    let file = try JSONEncoder().encode(stream)
    var restored = try JSONDecoder().decode(RandomStream.self, from: file)
    #expect((0..<100).allSatisfy { _ in restored.next() == stream.next() })
  }

  @Test("draws have the moments of their distributions")
  func moments() {
    var stream = RandomStream(seed: 3)
    let count = 100_000
    let normals = (0..<count).map { _ in stream.normal() }
    let mean = normals.reduce(0, +) / Double(count)
    let variance = normals.reduce(0) { $0 + $1 * $1 } / Double(count)
    #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.03 && normals.allSatisfy(\.isFinite))
    let units = (0..<count).map { _ in stream.unit() }
    #expect(abs(units.reduce(0, +) / Double(count) - 0.5) < 0.01 && units.allSatisfy { $0 >= 0 && $0 < 1 })
    let share = Double((0..<count).count { _ in stream.happens(0.3) }) / Double(count)
    #expect(abs(share - 0.3) < 0.01)
  }
}
