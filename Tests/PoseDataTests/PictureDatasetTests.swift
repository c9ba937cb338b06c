import Foundation
import PoseCore
import PoseData
import PoseFormats
import PoseImage
import PoseMedia
import TestSupport
import Testing

@Suite("Pictures that nobody annotated")
struct PictureDatasetTests {
  let folder: String

  init() throws {
    folder = try ScratchFolder("pictures").path
    for name in ["1.png", "000007.png", "x/7.png", "y/b.png"] {
      let path = folder + "/" + name
      let parent = URL(filePath: path).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      try Image(width: 30, height: 20, pixels: Array(repeating: 9, count: 1800)).write(to: path)
    }
  }

  private func paths(_ names: String...) -> [String] { names.map { folder + "/" + $0 } }

  private func box(_ name: String? = nil, _ id: Int? = nil, x: Double = 2, score: Double = 0.5) -> DetectionFile.Record
  {
    DetectionFile.Record(
      imageID: id, fileName: name, Detection(BoundingBox(x: x, y: 3, width: 8, height: 9), score: score))
  }

  @Test("each picture is one person's, from edge to edge")
  func whole() throws {
    let dataset = try Dataset(.coco17, pictures: paths("1.png", "y/b.png"))
    #expect(dataset.pictures.map(\.width) == [30, 30] && dataset.pictures.map(\.height) == [20, 20])
    #expect(
      dataset.people.map(\.boundingBox) == Array(repeating: BoundingBox(x: 0, y: 0, width: 30, height: 20), count: 2))
    #expect(dataset.people.allSatisfy { $0.source == .wholePicture && $0.annotationID == nil && $0.keypoints.isEmpty })
  }

  @Test("pictures are numbered by their names where these are different numbers, else from 1")
  func numbers() throws {
    #expect(try Dataset(.coco17, pictures: paths("1.png", "000007.png")).pictures.map(\.id) == [1, 7])
    #expect(try Dataset(.coco17, pictures: paths("000007.png", "y/b.png")).pictures.map(\.id) == [1, 2])
    #expect(try Dataset(.coco17, pictures: paths("000007.png", "x/7.png", "1.png")).pictures.map(\.id) == [1, 2, 3])
  }

  @Test("boxes belong to pictures by name or number, of the right folder where several share a name")
  func boxes() throws {
    let boxes = [
      box("elsewhere/b.png", x: 1), box(nil, 1, x: 2), box("x/7.png", x: 3), box("none.png"), box(nil, 99),
      box("7.png", x: 4), box("b.png", x: 5),
    ]
    let dataset = try Dataset(
      .coco17, pictures: paths("1.png", "x/7.png", "y/b.png"), boxes: boxes, source: .file("boxes.json"))
    let people = dataset.people.map { [Double($0.picture), $0.boundingBox?.x ?? 0] }
    #expect(people == [[0, 2], [1, 3], [1, 4], [2, 5]])
    #expect(dataset.people.allSatisfy { $0.source == .file("boxes.json") && $0.score == 0.5 })
    #expect(dataset.pictures.count == 3 && dataset.problems.count == 0)
  }

  @Test("a box that may be of two pictures is refused")
  func ambiguous() throws {
    let pictures = paths("000007.png", "x/7.png")
    #expect(throws: DatasetProblem.self) { try Dataset(.coco17, pictures: pictures, boxes: [box(nil, 7)]) }
    #expect(try Dataset(.coco17, pictures: pictures, boxes: [box("x/7.png")]).people.map(\.picture) == [1])
  }

  @Test("boxes that score too little or overlap better ones are left out")
  func chosen() throws {
    let boxes = [box(nil, 1, score: 0.3), box(nil, 1, x: 3, score: 0.9), box(nil, 1, x: 20, score: 0.1)]
    func scores(_ minimum: Double, _ overlap: Double?) throws -> [Double] {
      try Dataset(.coco17, pictures: paths("1.png"), boxes: boxes, minimumScore: minimum, overlap: overlap).people
        .map(\.score)
    }
    #expect(try scores(0, nil) == [0.3, 0.9, 0.1])
    #expect(try scores(0.2, nil) == [0.3, 0.9])
    #expect(try scores(0, 0.5) == [0.9, 0.1])
  }

  @Test("what cannot be used is named and left out, or refused")
  func problems() throws {
    try Data("no picture".utf8).write(to: URL(filePath: folder + "/2.png"))
    let pictures = paths("1.png", "2.png", "3.png")
    let boxes = [box(nil, 1), box(nil, 1, x: 31), box(nil, 1, x: 1e9), box(nil, 2)]
    let dataset = try Dataset(.coco17, pictures: pictures, boxes: boxes)
    #expect(dataset.pictures.map(\.id) == [1] && dataset.people.count == 1)
    #expect(dataset.problems.count == 4)
    let named = dataset.problems.first.map { "\($0)" }
    #expect(named[0].contains("1.png") && named[0].contains("31.0"))
    #expect(named[2].contains("2.png") && named[3].contains("3.png"))
    #expect(throws: DatasetProblem.self) { try Dataset(.coco17, pictures: pictures, boxes: boxes, bad: .refuse) }
  }
}
