import Synchronization
import Testing

@testable import PoseEvaluation

struct OrderedResultsTests {
  private struct Failure: Error {}

  @Test("results come in order, whichever piece is finished first", arguments: [1, 2, 5, 40])
  func order(_ threads: Int) {
    var seen: [Int] = []
    forEachResult(of: 30, threads: threads) { index in
      // Every third piece takes long.
      (0..<(index % 3 == 0 ? 200_000 : 10)).reduce(index) { $0 &+ $1 &* 0 }
    } _: { index, result in
      #expect(index == result)
      seen.append(index)
      return true
    }
    #expect(seen == Array(0..<30))
  }

  @Test("work stays at most two pieces a thread ahead of what is handed on")
  func bounded() {
    let begun = Atomic(0)
    forEachResult(of: 100, threads: 3) { _ in
      begun.wrappingAdd(1, ordering: .relaxed)
    } _: { index, _ in
      #expect(begun.load(ordering: .relaxed) <= index + 1 + 6)
      return true
    }
    #expect(begun.load(ordering: .relaxed) == 100)
  }

  @Test("the end that is asked for and an error stop the work, and no piece runs on", arguments: [false, true])
  func stops(_ throwing: Bool) {
    let begun = Atomic(0)
    let ended = Atomic(0)
    var last = -1
    func go() throws {
      try forEachResult(of: 1000, threads: 2) { _ in
        begun.wrappingAdd(1, ordering: .relaxed)
        ended.wrappingAdd(1, ordering: .relaxed)
      } _: { index, _ in
        last = index
        if throwing, index == 3 { throw Failure() }
        return index < 3
      }
    }
    if throwing { #expect(throws: Failure.self) { try go() } } else { #expect(throws: Never.self) { try go() } }
    let counts = (begun.load(ordering: .relaxed), ended.load(ordering: .relaxed))
    #expect(last == 3 && counts.0 == counts.1 && counts.0 <= 4 + 4)
  }

  @Test("nothing to do is done at once")
  func nothing() {
    forEachResult(of: 0, threads: 4) {
      $0
    } _: { _, _ in
      Issue.record("there is no result")
      return true
    }
  }
}
