import Foundation
import PoseConfiguration
import PoseCore
import TestSupport
import Testing

@testable import PoseData

/// What detectors learn from annotations in COCO's form.
@Suite struct ObjectDatasetTests {
  static func objects(_ text: String, classes: [String], part: String? = nil) throws -> ObjectDataset {
    let path = try ScratchFolder("objects").path + "/boxes.json"
    try Data(text.utf8).write(to: URL(filePath: path))
    var description = DatasetDescription(annotations: path, images: "pictures")
    description.part = part
    return try description.objects(of: classes)
  }

  static let images =
    #""images":[{"id":1,"file_name":"a.jpg","width":40,"height":30},{"id":2,"file_name":"b.jpg","width":40,"height":30}]"#
  static let categories = #""categories":[{"id":7,"name":"cat"},{"id":9,"name":"dog"}]"#

  @Test("classes are found by name, crowds become areas, and other objects background")
  func labels() throws {
    let text = """
      {\(Self.images),\(Self.categories),"annotations":[
      {"id":1,"image_id":1,"category_id":9,"bbox":[-5,2,20,10]},
      {"id":2,"image_id":1,"category_id":7,"bbox":[1,2,3,4]},
      {"id":3,"image_id":1,"category_id":9,"bbox":[30,20,20,20],"iscrowd":1},
      {"id":4,"image_id":1,"category_id":9,"bbox":[0,0,4,4],"ignore":1}]}
      """
    let dogs = try Self.objects(text, classes: ["dog"])
    #expect(dogs.pictures.map(\.path) == ["pictures/a.jpg", "pictures/b.jpg"] && dogs.otherObjects == 1)
    #expect(
      dogs.pictures[0].boxes == [
        LabelledBox(BoundingBox(x: 0, y: 2, width: 15, height: 10), label: 0),
        LabelledBox(BoundingBox(x: 30, y: 20, width: 10, height: 10), label: nil),
        LabelledBox(BoundingBox(x: 0, y: 0, width: 4, height: 4), label: nil),
      ])
    #expect(dogs.pictures[1].boxes.isEmpty && dogs.problems.count == 0)
    let both = try Self.objects(text, classes: ["dog", "cat"], part: "2/2")
    #expect(both.pictures.count == 1 && both.pictures[0].boxes.map(\.label) == [0, 1, nil, nil])
  }

  @Test(
    "entries that cannot be used are counted by kind",
    arguments: [
      (#"{"id":1,"image_id":1,"category_id":9}"#, "people without a box (1)"),
      (#"{"id":1,"image_id":1,"category_id":9,"bbox":[50,2,3,4]}"#, "boxes outside their picture (1)"),
      (#"{"id":1,"image_id":5,"category_id":9,"bbox":[5,2,3,4]}"#, "people of unknown images (1)"),
    ])
  func problems(_ annotation: String, _ summary: String) throws {
    let text = "{\(Self.images),\(Self.categories),\"annotations\":[\(annotation)]}"
    #expect(try Self.objects(text, classes: ["dog"]).problems.summary == summary)
  }

  @Test(
    "wrong data are refused with a remedy",
    arguments: [
      ("boxes.json", ["train.data.train.0.kind=coco"], "leave the kind out"),
      ("boxes.json", ["model.classes=[red, yellow]"], "no category 'yellow', but red, green, blue"),
      ("boxes.json", ["model.classes=[red, yellow]"], "--set 'model.classes=[red]'"),
      ("boxes.json", ["train.augmentation={flip: 1}"], "Set train.pictures"),
      ("boxes.json", ["image.geometry=stretch"], "image.geometry=letterbox"),
      ("crowds.json", [], "boxes that are crowds or to be ignored"),
      ("unboxed.json", [], "people without a box"),
    ])
  func refused(_ file: String, _ settings: [String], _ remedy: String) throws {
    let pictures = try RectanglePictures(count: 3)
    try pictures.write(to: "crowds.json") { _ in ",\"iscrowd\":1" }
    let text = try String(contentsOfFile: pictures.annotations, encoding: .utf8)
    try Data(text.replacing("bbox", with: "box").utf8).write(to: pictures.folder.url.appending(path: "unboxed.json"))
    let configuration = try Zoo.configuration(
      named: "rtmdet_nano_person",
      settings: [
        "model.classes=[red, green, blue]", "train.data.train.0.annotations=\(pictures.folder.path)/\(file)",
        "train.data.train.0.images=\(pictures.folder.path)",
      ] + settings)
    let error = #expect(throws: TrainingDataError.self) { try PictureData(configuration) }
    #expect(error?.description.contains(remedy) == true, "\(error?.description ?? "")")
  }

  @Test("pictures without objects are learnt from where that is asked for, and datasets are repeated")
  func empty() throws {
    let pictures = try RectanglePictures(count: 4)
    let settings = [
      "model.classes=[red]", "train.data.train.0.annotations=\(pictures.annotations)",
      "train.data.train.0.images=\(pictures.folder.path)", "train.data.train.0.repeat=2",
    ]
    func count(_ more: [String]) throws -> Int {
      try PictureData(Zoo.configuration(named: "rtmdet_nano_person", settings: settings + more)).samples.count
    }
    let red = pictures.pictures.count { $0.rectangles.contains { $0.color == 0 } }
    #expect(red < 4)
    #expect(try count([]) == 2 * red)
    #expect(try count(["train.data.train.0.empty=true"]) == 8)
  }
}
