import PoseMetrics
import Testing

@testable import PoseTraining

struct TrainingRecordTests {
  @Test("a value is found by its name")
  func values() {
    let record = TrainingRecord(
      epoch: 1, iteration: 5, iterationsPerEpoch: 10, iterations: 20,
      values: [MetricValue("loss", 0.5), MetricValue("rate", 1e-3)])
    #expect(record["rate"] == 1e-3)
    #expect(record["accuracy"] == nil)
  }
}
