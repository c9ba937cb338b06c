import PoseGraph
import Testing

@testable import PoseEngine

/// Where values live while a program runs.
struct MemoryPlanTests {
  @Test("memory of a value is used again after its last reader, and never before")
  func reuse() throws {
    let plan = try plan([8, 16, 16]) { x, scope in
      let a = (scope / "a").conv(x, to: 8, kernel: 3)
      let b = (scope / "b").conv(a, to: 8, kernel: 3)
      let c = (scope / "c").conv(b, to: 8, kernel: 3)
      return ["y": (scope / "d").conv(c, to: 8, kernel: 3)]
    }
    let places = plan.program.instructions.map { plan.memory.places[$0.output] }
    #expect(places.map(\.space) == [.arena, .arena, .arena, .output(0)])
    #expect(places[0].offset != places[1].offset && places[1].offset != places[2].offset)
    #expect(places[2].offset == places[0].offset)
  }

  @Test("values that are read later keep their memory")
  func overlap() throws {
    let plan = try plan([8, 16, 16]) { x, scope in
      let a = (scope / "a").conv(x, to: 8, kernel: 3)
      let b = (scope / "b").conv(a, to: 8, kernel: 3)
      let c = (scope / "c").conv(b, to: 8, kernel: 3)
      return ["y": (scope / "d").conv(scope.concat([a, b, c]), to: 8, kernel: 3)]
    }
    let roots = plan.program.instructions.filter { $0.operation.name == "convolution" }.map(\.output).dropLast()
    let ranges = roots.map { root in
      plan.memory.places[root].offset..<plan.memory.places[root].offset + 8 * plan.views.strides[root]
    }
    for (index, range) in ranges.enumerated() {
      #expect(ranges[..<index].allSatisfy { !$0.overlaps(range) }, "\(ranges)")
      #expect(range.upperBound <= plan.memory.arenaCount)
    }
  }

  @Test("planes that only one unit reads stay with the worker, and small vectors are replicated")
  func privateValues() throws {
    let plan = try plan([8, 16, 16]) { x, scope in
      let y = x.sigmoid().unary(.tanh)
      let gates = (scope / "fc").conv(x.adaptiveAveragePool(to: 1), to: 8).sigmoid()
      return ["y": (scope / "mix").conv((y * 2).relu(), to: 8), "gates": (scope / "out").conv(gates, to: 8)]
    }
    let spaces = plan.program.instructions.map { plan.memory.places[$0.output].space }
    #expect(spaces.contains(.tile) && spaces.contains(.worker))
    #expect(plan.memory.tileCount > 0 && plan.memory.workerCount >= 8)
  }

  private func plan(
    _ input: [Int], _ build: (Value, Scope) -> GraphOutputs
  ) throws -> (program: Program, views: Views, memory: MemoryPlan) {
    let program = try Program("plan", input, build)
    let (resolved, views) = program.resolveViews(fixed: Set(program.inputs.map(\.value)))
    return (resolved, views, resolved.planMemory(views, resolved.scheduled(views), constants: []))
  }
}
