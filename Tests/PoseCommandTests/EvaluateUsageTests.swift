import Foundation
import Testing

/// What evaluate and its like say of options that they do not take.
struct EvaluateUsageTests {
  @Test(
    "wrong usage exits with 64 and says what is allowed",
    arguments: [
      (
        [],
        "coco, crowdpose, ochuman, aic, wholebody, bbox, miou, mpii, posetrack18, tracking, jhmdb, pck, auc, epe, nme"
      ),
      (["--metric", "nope"], "posetrack18"), (["--metric", "coco", "--sigmas", "nope"], "coco17"),
      (["--metric", "coco", "--sigmas", "nope.yaml"], "nope.yaml"),
      (["--metric", "coco", "--threshold", "0.5"], "--threshold is for jhmdb, pck"),
      (["--metric", "coco", "--size", "box"], "--size is for jhmdb, pck, nme"),
      (["--metric", "auc", "--threshold", "0.5"], "--threshold is for"),
      (["--metric", "coco", "--crowd-bounds", "0.1,0.8"], "--crowd-bounds is for crowdpose"),
      (["--metric", "bbox", "--sigmas", "coco17"], "--sigmas, --use-area and --rules are for coco, crowdpose"),
      (["--metric", "pck", "--categories", "1"], "--categories is for coco, crowdpose, ochuman, aic, wholebody, bbox"),
      (["--metric", "pck", "--bootstrap", "100"], "--bootstrap is for coco, crowdpose, ochuman, aic, bbox"),
      (["--metric", "coco", "--bootstrap", "3"], "100...1000000"),
      (["--metric", "coco", "--against", "c.json"], "--against needs --bootstrap"),
      (["--metric", "bbox", "--categories", ","], "names or numbers with commas"),
    ] as [([String], String)])
  func usage(_ options: [String], _ words: String) throws {
    let run = try Command(["evaluate", "--annotations", "a.json", "--results", "b.json"] + options)
    #expect(run.code == 64 && run.errors.contains(words), "\(run.errors)")
  }

  @Test("a part of the pictures is one of as many as there are", arguments: ["3/2", "0/4", "1", "x"])
  func shards(_ part: String) throws {
    let run = try Command("test", "--annotations", "a.json", "--images", "b", "--shard", part)
    #expect(run.code == 64 && run.errors.contains("from 1/4 to 4/4"), "\(run.errors)")
  }

  @Test("the machine's check says whether training can start")
  func training() throws {
    let output = try Command("doctor").output
    #expect(output.contains("training"))
    #expect(output.contains("make libtorch") || output.contains("pose-train"))
  }
}
