import PoseConfiguration
import PoseData
import PoseExperiments
import PoseFormats
import Testing

@testable import PoseTraining

extension TrainingTests {
  @Suite("Data that cannot be used")
  final class WrongDataTests {
    let run: TinyRun

    init() throws { run = try TinyRun() }

    /// A fault that all entries of a file have, as a pattern that is replaced.
    struct Fault: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let pattern: String
      let template: String
      /// What a message says of it.
      let words: String

      init(_ name: String, _ pattern: String, _ template: String, _ words: String) {
        (testDescription, self.pattern, self.template, self.words) = (name, pattern, template, words)
      }
    }

    static let faults: [Fault] = [
      Fault("13 joints", #",\d+,\d+,2\]"#, "]", "annotation 0 has 13 keypoints, but the skeleton has 14"),
      Fault("text ids", #""image_id":(\d+)"#, #""image_id":"$1""#, "'image_id'"),
      Fault("text iscrowd", #""iscrowd":0"#, #""iscrowd":"0""#, "'iscrowd'"),
      Fault("no size", #","width":40,"height":48"#, "", "image 0 has no width and height"),
      Fault("nested", #""keypoints":\[(\d[^\]]*)\]"#, #""keypoints":[[$1]]"#, "'keypoints'"),
      Fault("no boxes", #""bbox":\[[^\]]*\],"#, "", "annotation 0 has no box"),
    ]

    private func validation(_ annotations: String, _ settings: [String] = []) throws -> Validation {
      let data = ["train.data.validation.annotations=\(annotations)", "train.data.validation.images=\(run.folder)"]
      return try #require(try Validation(run.configuration(data + settings), threads: 1))
    }

    @Test("where every entry is left out, training and validation name the first problem", arguments: faults)
    func reasons(_ fault: Fault) throws {
      let path = try run.writeAnnotations(to: "faulty.json", replacing: fault.pattern, with: fault.template)
      let errors = [
        #expect(throws: TrainingDataError.self) { try self.run.experiment(["train.data.train.0.annotations=\(path)"]) },
        #expect(throws: TrainingDataError.self) { try self.validation(path) },
      ]
      for error in errors {
        let text = error?.description ?? ""
        #expect(text.hasPrefix("'\(path)': has nobody to "), "\(text)")
        #expect(text.contains("; the first problem: ") && text.contains(fault.words), "\(text)")
        #expect(text.contains("`pose doctor FILE`"), "\(text)")
      }
    }

    @Test("people with no joint that the network has are said to be there")
    func otherJoints() throws {
      // Of LSP's joints COCO has not the last one, the top of the head.
      let path = try run.writeAnnotations(to: "heads.json", replacing: ",2,", with: ",0,")
      let kind = try #require(DatasetKind.all.first { $0.skeleton == .lsp14 }).name
      let configuration = try run.configuration([
        "train.data.train.0.annotations=\(path)", "train.data.train.0.kind=\(kind)", "model.joints=coco17",
      ])
      let error = #expect(throws: TrainingDataError.self) {
        try TrainingData(configuration, graph: configuration.graph())
      }
      #expect(error?.description.contains("none of its people (10)") == true, "\(error?.description ?? "")")
    }

    static let unscorable: [Fault] = [
      Fault("no area", #""area":1200,"#, "", "area"),
      Fault("other category", #""category_id":1"#, #""category_id":2"#, "category 2"),
    ]

    @Test("validation data that cannot be scored is refused before training", arguments: unscorable)
    func unscorable(_ fault: Fault) throws {
      try run.writeOnePerson(#require(DatasetKind(named: "coco")), to: "coco.json")
      let joints = ["model.joints=coco17"]
      #expect(try validation(run.folder + "/coco.json", joints).dataset.people.count == 1)
      let path = try run.writeAnnotations(
        "coco.json", to: "faulty.json", replacing: fault.pattern, with: fault.template)
      let error = #expect(throws: TrainingDataError.self) { try self.validation(path, joints) }
      let text = error?.description ?? ""
      #expect(text.hasPrefix("'\(path)': ") && text.contains(fault.words), "\(text)")
    }

    @Test("MPII's people without its ground truth, and people whose pictures are missing, are refused before training")
    func missingFiles() throws {
      try run.writeOnePerson(#require(DatasetKind(named: "mpii")), to: "mpii.json")
      let mpii = #expect(throws: TrainingDataError.self) {
        try self.validation(self.run.folder + "/mpii.json", ["model.joints=mpii16"])
      }
      #expect(mpii?.description.contains("train.data.validation.truth=mpii_gt_val.mat") == true)
      let path = try run.writeAnnotations(to: "moved.json", replacing: #"(\d+)\.png"#, with: "moved/$1.png")
      let moved = #expect(throws: TrainingDataError.self) { try self.validation(path) }
      #expect(moved?.description.contains("moved/0.png") == true)
    }
  }
}
