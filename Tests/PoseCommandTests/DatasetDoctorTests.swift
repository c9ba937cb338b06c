import Foundation
import TestSupport
import Testing

struct DatasetDoctorTests {
  private func folder() throws -> URL { try ScratchFolder("pictures").url }

  @Test("a sound dataset exits with 0, and says that pictures were not opened where they were not")
  func sound() throws {
    let dataset = try DrawnDataset.shared
    let run = try Command("doctor", dataset.annotations, "--images", dataset.folder)
    #expect(run.code == 0 && run.output.contains("4 pictures, 9 annotations"), "\(run.output)\(run.errors)")
    #expect(run.output.contains("Nothing here spoils a run") && !run.output.contains("--images"))
    let unopened = try Command("doctor", dataset.annotations)
    #expect(unopened.code == 0 && unopened.output.contains("--images"))
  }

  @Test("missing and damaged pictures are named, and exit with 1")
  func pictures() throws {
    let dataset = try DrawnDataset.shared
    let folder = try folder()
    for (index, path) in dataset.pictures.dropLast().enumerated() {
      let bytes = try Data(contentsOf: URL(filePath: path))
      let kept = bytes.prefix(index == 0 ? bytes.count / 2 : bytes.count)
      try kept.write(to: folder.appending(path: DrawnDataset.names[index]))
    }
    let run = try Command("doctor", dataset.annotations, "--images", folder.path, "--json", "-")
    #expect(run.code == 1)
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    let issues = try #require(report["issues"] as? [[String: Any]])
    let kinds = issues.compactMap { $0["kind"] as? String }
    #expect(kinds.contains("missing picture") && kinds.contains("unreadable picture"), "\(run.output)")
  }

  @Test("a dataset of one's own is checked against its skeleton")
  func skeleton() throws {
    let annotations = try Sample.file(
      Data(
        #"""
        {"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}], "annotations": [{"id": 1, "image_id": 1,
        "bbox": [0, 0, 5, 5], "area": 0, "keypoints": [1, 1, 2]}]}
        """#.utf8), "json")
    let skeleton = try Sample.file(Data("joints: [nose]\nsigmas: [0.1]\n".utf8), "yaml")
    let run = try Command("doctor", annotations, "--skeleton", skeleton)
    #expect(run.code == 1 && run.output.contains("zero area: 1") && run.output.contains("AP is 0"), "\(run.output)")
    let wrong = try Sample.file(Data("joints: [nose]\nsigmas: [0.1, 0.1]\n".utf8), "yaml")
    let refused = try Command("doctor", annotations, "--skeleton", wrong)
    #expect(refused.code == 65 && refused.errors.contains("sigmas"))
  }

  @Test("what cannot be read exits with 65, wrong usage with 64")
  func wrongInput() throws {
    let picture = try Sample.picture
    for arguments in [["/nowhere.json"], [picture], [NSTemporaryDirectory()]] {
      let run = try Command(["doctor"] + arguments)
      #expect(run.code == 65 && run.errors.hasPrefix("pose: "), "\(arguments): \(run.errors)")
    }
    #expect(try Command("doctor", "--dataset", "coco").code == 64)
    #expect(try Command("doctor", picture, "--dataset", "dogs").code == 64)
    #expect(try Command("doctor", picture, "--dataset", "coco", "--skeleton", "coco17").code == 64)
  }

  @Test("without a dataset the machine is checked")
  func machine() throws {
    #expect(try Command("doctor").output.contains("processor"))
  }
}
