import Foundation
import TestSupport
import Testing

struct EvaluateTests {
  @Test("COCO's ten numbers come as JSON, exact")
  func coco() throws {
    let run = try Command(
      "evaluate", "--annotations", Self.shared("fce_keypoints_gt"), "--results", Self.shared("fce_keypoints_dt"),
      "--metric", "coco", "--json", "-")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.split(separator: "\n").count == 1)
    let values = try JSONDecoder().decode([String: Double].self, from: Data(run.output.utf8))
    #expect(
      values == [
        "AP": 0.5048844884488449, "AP50": 0.7227722772277227, "AP75": 0.6336633663366337, "APM": 0.46633663366336636,
        "APL": 0.7504950495049505, "AR": 0.5181818181818182, "AR50": 0.7272727272727273, "AR75": 0.6363636363636364,
        "ARM": 0.4666666666666666, "ARL": 0.75,
      ])
  }

  @Test("CrowdPose's come with easy, medium and hard")
  func crowdPose() throws {
    let files = [
      "--annotations", try Self.shared("xt_example_crowdpose_val"), "--results",
      try Self.shared("xt_example_crowdpose_preds"),
    ]
    let run = try Command(["evaluate", "--metric", "crowdpose", "--json", "-"] + files)
    let values = try JSONDecoder().decode([String: Double].self, from: Data(run.output.utf8))
    #expect(values["AP"] == 0.7877215935879303)
    #expect(Set(values.keys) == ["AP", "AP50", "AP75", "APE", "APM", "APH", "AR", "AR50", "AR75"])
    let moved = try Command(["evaluate", "--metric", "crowdpose", "--json", "-", "--crowd-bounds", "0.1,0.9"] + files)
    let other = try JSONDecoder().decode([String: Double].self, from: Data(moved.output.utf8))
    #expect(other["APH"] == -1 && other["AP"] == values["AP"])
  }

  @Test("MPII's come from its tools' files", .needsSharedData)
  func mpii() throws {
    let truth = try SharedData.url("eval/mpii_gt_valid_tompson.mat").path
    let found = try SharedData.url("eval/mpii_preds_bearpaw-hg_s8_b1.mat").path
    let run = try Command("evaluate", "--annotations", truth, "--results", found, "--metric", "mpii", "--json", "-")
    let values = try JSONDecoder().decode([String: Double].self, from: Data(run.output.utf8))
    #expect(values["Head"] == 96.79399727148704 && values["PCKh"] == 89.09185532136352)
    #expect(values["left_wrist"] != nil)
    let other = try GoldenFile.url("golden/eval/mpii/mpii_gt_val.mat").path
    let mixed = try Command("evaluate", "--annotations", other, "--results", found, "--metric", "mpii")
    #expect(mixed.code == 65 && mixed.errors.hasPrefix("pose: "), "\(mixed.errors)")
  }

  @Test("MPII's come from arrays that count pixels from 0, too")
  func mpiiArrays() throws {
    let small = try GoldenFile.url("golden/eval/mpii/mpii_gt_val.mat").path
    let arrays = try GoldenFile.url("golden/eval/mpii/mpii_preds.npz").path
    let other = try Command(
      "evaluate", "--annotations", small, "--results", arrays + ":noise12", "--metric", "mpii", "--json", "-")
    let noisy = try JSONDecoder().decode([String: Double].self, from: Data(other.output.utf8))
    #expect(noisy["PCKh"] == 83.03650934995548 && noisy["PCKh@0.1"] == 9.305431780598573)

    for results in [arrays + ":jnt_missing", arrays + ":nothing", small, "/nowhere.npy"] {
      let run = try Command("evaluate", "--annotations", small, "--results", results, "--metric", "mpii")
      #expect(run.code == 65 && run.errors.hasPrefix("pose: "), "\(results): \(run.errors)")
    }
  }

  @Test("without --json a table is for reading")
  func table() throws {
    let run = try Command(
      "evaluate", "--annotations", Self.shared("xt_example_coco_val"), "--results",
      Self.shared("xt_example_coco_preds"),
      "--metric", "coco")
    #expect(run.code == 0 && run.output.contains("AP50    0.9931"))
  }

  @Test("people who keep their numbers over time are tracked right, and everybody needs a number")
  func tracking() throws {
    let folder = try ScratchFolder("tracking").url
    func write(_ name: String, _ text: String) throws -> String {
      let url = folder.appending(path: name)
      try Data(text.utf8).write(to: url)
      return url.path
    }
    let joints = (0..<17).map { "\(20 + 5 * $0),\(30 + 7 * $0),2" }.joined(separator: ",")
    let (images, people) = (
      (1...8).map { "{\"id\":\($0),\"file_name\":\"\($0 < 5 ? "a" : "b")/\($0).jpg\",\"width\":200,\"height\":200}" },
      (1...8).map {
        """
        {"id":\($0),"image_id":\($0),"category_id":1,"track_id":3,"iscrowd":0,"area":9000,"num_keypoints":17,
        "bbox":[20,30,80,112],"keypoints":[\(joints)]}
        """
      }
    )
    let truth = try write(
      "t.json",
      """
      {"images":[\(images.joined(separator: ","))],"annotations":[\(people.joined(separator: ","))],
      "categories":[{"id":1,"name":"person"}]}
      """)
    func results(_ track: (Int) -> String) -> String {
      "["
        + (1...8).map {
          "{\"image_id\":\($0),\"category_id\":1,\(track($0))\"score\":0.9,\"keypoints\":[\(joints)]}"
        }.joined(separator: ",") + "]"
    }
    func score(_ name: String, _ track: (Int) -> String) throws -> Command {
      try Command(
        "evaluate", "--annotations", truth, "--results", write(name, results(track)), "--metric", "tracking", "--json",
        "-")
    }
    // Each folder is a video of its own.
    let kept = try score("k.json") { "\"track_id\":\($0 < 5 ? 1 : 2)," }
    let values = try JSONDecoder().decode([String: Double].self, from: Data(kept.output.utf8))
    #expect(values["HOTA"] == 1 && values["IDF1"] == 1 && values.count == 11, "\(kept.errors)")
    let changed = try score("c.json") { "\"track_id\":\($0 % 4 < 2 ? 1 : 2)," }
    let other = try JSONDecoder().decode([String: Double].self, from: Data(changed.output.utf8))
    #expect(other["IDF1"] == 0.5 && other["DetA"] == 1 && abs((other["AssA"] ?? 0) - 0.5) < 1e-9)
    let missing = try score("m.json") { _ in "" }
    #expect(missing.code == 65 && missing.errors.contains("track_id"), "\(missing.errors)")
    let nobody = try write("n.json", #"{"images":[{"id":1}],"annotations":[],"categories":[{"id":1,"name":"person"}]}"#)
    let none = try Command(
      "evaluate", "--annotations", nobody, "--results", write("e.json", "[]"), "--metric", "tracking")
    #expect(none.code == 65 && none.errors.contains("nobody"), "\(none.errors)")
  }

  @Test("PoseTrack's come with tracking where both files have numbers of people, as annotations or as a list")
  func poseTrack() throws {
    let lines = try GoldenFile.ownData("posetrack.txt").split(separator: UInt8(ascii: "\n")).map { Data($0) }
    let truth = try Sample.file(lines[0], "json")
    func values(_ results: Any) throws -> [String: Double?] {
      let file = try Sample.file(JSONSerialization.data(withJSONObject: results), "json")
      let run = try Command(
        "evaluate", "--annotations", truth, "--results", file, "--metric", "posetrack18", "--json", "-")
      #expect(run.code == 0, "\(run.errors)")
      return try JSONDecoder().decode([String: Double?].self, from: Data(run.output.utf8))
    }
    let results = try #require(try JSONSerialization.jsonObject(with: lines[1]) as? [String: Any])
    let people = try #require(results["annotations"] as? [[String: Any]])
    let expected = try #require(try JSONDecoder().decode([String: [Double?]].self, from: lines[2])["total"])
    let tracked = try values(results)
    #expect(try tracked.count == 19 && tracked == values(people))
    for (name, value) in zip(["MOTA Total", "MOTP", "Precision", "Recall"], expected) {
      #expect(abs(try #require(tracked[name] ?? nil) - #require(value)) < 1e-9, "\(name)")
    }
    // Images of other numbers are found by the names that the results list.
    var renumbered = results
    renumbered["images"] = (results["images"] as? [[String: Any]])?.map { image in
      image.merging(["id": (image["id"] as? Int ?? 0) - 10_000_000_000]) { $1 }
    }
    renumbered["annotations"] = people.map { person in
      person.merging(["image_id": (person["image_id"] as? Int ?? 0) - 10_000_000_000]) { $1 }
    }
    #expect(try values(renumbered) == tracked)
    // Joints that are only visible in `keypoints` count by their `scores`.
    var visible = results
    visible["annotations"] = people.map { person in
      let keypoints = person["keypoints"] as? [Double] ?? []
      return person.merging([
        "keypoints": keypoints.enumerated().map { $0 % 3 == 2 && keypoints[$0 - 1] != 0 ? 1 : $1 }
      ]) { $1 }
    }
    #expect(try values(visible) == tracked)
    let untracked = try values(people.map { $0.filter { $0.key != "track_id" } })
    #expect(untracked.count == 8 && untracked["Total"] == tracked["Total"])
    let mixed = try Sample.file(
      JSONSerialization.data(withJSONObject: [people[0].filter { $0.key != "track_id" }] + people.dropFirst()), "json")
    let run = try Command("evaluate", "--annotations", truth, "--results", mixed, "--metric", "posetrack18")
    #expect(run.code == 65 && run.errors.contains("track_id"), "\(run.errors)")
  }

  @Test("a bootstrap adds bounds, and differences from other results")
  func bootstrap() throws {
    let (truth, found) = (try Self.shared("xt_example_coco_val"), try Self.shared("xt_example_coco_preds"))
    let options = ["--annotations", truth, "--results", found, "--metric", "coco", "--bootstrap", "200"]
    let run = try Command(["evaluate"] + options)
    #expect(run.output.hasPrefix("metric ") && run.output.contains(" low "), "\(run.errors)")
    let compared = try Command(["evaluate", "--against", found] + options)
    #expect(compared.output.contains("difference") && compared.code == 0, "\(compared.errors)")
    let foreign = try Command(["evaluate", "--against", Self.shared("xt_example_crowdpose_preds")] + options)
    #expect(foreign.code == 65 && foreign.errors.contains("crowdpose_preds"), "\(foreign.errors)")
    let missing = try Command(["evaluate", "--against", "/nowhere.json"] + options)
    #expect(missing.code == 65 && missing.errors.contains("/nowhere.json"))
  }

  @Test("sigmas, areas and rules can be chosen")
  func choices() throws {
    func precision(_ options: String...) throws -> Double? {
      let run = try Command(
        [
          "evaluate", "--annotations", Self.shared("xt_example_coco_val"), "--results",
          Self.shared("xt_example_coco_preds"), "--metric", "coco", "--json", "-",
        ] + options)
      return try JSONDecoder().decode([String: Double].self, from: Data(run.output.utf8))["AP"]
    }
    let usual = try #require(try precision())
    #expect(try precision("--sigmas", "coco17") == usual)
    #expect(try precision("--rules", "xtcocotools") == usual)
    #expect(try precision("--use-area") == usual)
    #expect(try precision("--no-use-area") != usual)
    #expect(try precision("--sigmas", Array(repeating: "1", count: 17).joined(separator: ",")) != usual)
  }

  @Test("files that cannot be compared exit with 65 and say what to do")
  func refusals() throws {
    let (truth, found) = (try Self.shared("xt_example_coco_val"), try Self.shared("xt_example_coco_preds"))
    let cases: [(String, String, [String], String)] = [
      ("/nowhere.json", found, [], "does not exist"),
      (truth, try Sample.file(Data(), "json"), [], "empty"),
      (truth, try Sample.truncated(found, to: 5000), [], "byte"),
      (truth, try Sample.file(Data(#"{"a": 1}"#.utf8), "json"), [], "list"),
      (truth, try Sample.file(Data(#"[{"image_id": 1, "keypoints": [1, 2]}]"#.utf8), "json"), [], "three numbers"),
      (found, found, [], "must be an object"),
      (truth, try Self.shared("fce_keypoints_dt"), [], "image 139099"),
      (truth, try Self.shared("xt_example_crowdpose_preds"), [], "image 114203"),
      (truth, found, ["--sigmas", "crowdpose14"], "17 keypoints"),
    ]
    for (annotations, results, options, word) in cases {
      let run = try Command(
        ["evaluate", "--annotations", annotations, "--results", results, "--metric", "coco"] + options)
      #expect(run.code == 65, "\(results): \(run.code) \(run.errors)")
      #expect(run.errors.hasPrefix("pose: ") && run.errors.contains(word), "\(run.errors)")
      #expect(run.output.isEmpty)
    }
  }

  @Test(
    "wrong usage exits with 64",
    arguments: [
      [], ["--metric", "nonsense"], ["--metric", "epe", "--sigmas", "coco17"], ["--metric", "coco", "--sigmas", "x"],
      ["--metric", "crowdpose", "--crowd-bounds", "0.8,0.2"], ["--metric", "crowdpose", "--crowd-bounds", "0.8"],
      ["--metric", "pck", "--threshold", "nan"], ["--metric", "nme", "--size", "1,2,3"],
    ])
  func usage(_ options: [String]) throws {
    let run = try Command(["evaluate", "--annotations", "a.json", "--results", "b.json"] + options)
    #expect(run.code == 64, "\(run.errors)")
  }

  private static func shared(_ name: String) throws -> String { try GoldenFile.url("eval/\(name).json").path }
}
