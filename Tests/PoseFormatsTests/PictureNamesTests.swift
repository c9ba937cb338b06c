import PoseCore
import Testing

@testable import PoseFormats

/// Which picture a file name of a box or a result means.
@Suite struct PictureNamesTests {
  private static let videos = PictureNames(["data/vid1/000001.jpg", "data/vid2/000001.jpg", "b.jpg"])

  @Test(
    "the folders of a name decide, and a name without them may be ambiguous",
    arguments: [
      ("vid1/000001.jpg", PictureNames.Match.picture(0)), ("vid2/000001.jpg", .picture(1)),
      ("data/vid2/000001.jpg", .picture(1)), ("/all/data/vid2/000001.jpg", .picture(1)),
      ("vid3/000001.jpg", .nothing), ("000001.jpg", .ambiguous(0, 1)), ("b.jpg", .picture(2)), ("./b.jpg", .picture(2)),
      ("photos/b.jpg", .picture(2)), ("B.JPG", .nothing), ("photos\\b.jpg", .nothing), ("", .nothing),
    ])
  func names(_ name: String, _ match: PictureNames.Match) { #expect(Self.videos.picture(named: name) == match) }

  @Test("the longest common end decides")
  func longest() {
    let names = PictureNames(["1.jpg", "x/1.jpg", "y/x/1.jpg"])
    #expect(names.picture(named: "1.jpg") == .picture(0))
    #expect(names.picture(named: "x/1.jpg") == .picture(1))
    #expect(names.picture(named: "y/x/1.jpg") == .picture(2))
    #expect(names.picture(named: "z/1.jpg") == .picture(0))
  }

  @Test("numbers are those of COCO's names, of 2014 and since")
  func numbers() {
    let names = PictureNames(["COCO_val2014_000000000042.jpg", "000000000785.jpg", "img_7.jpg", "a/9.png", "b/9.png"])
    #expect(names.picture(numbered: 42) == .picture(0))
    #expect(names.picture(numbered: 785) == .picture(1))
    #expect(names.picture(numbered: 7) == .nothing)
    #expect(names.picture(numbered: 9) == .ambiguous(3, 4))
  }

  private static func boxes(_ json: String, _ pictures: [String]) throws -> AssignedBoxes {
    try AssignedBoxes(DetectionFile(json: Array(json.utf8)), pictures: pictures)
  }

  @Test("boxes go to the pictures of their folders")
  func assigned() throws {
    let json = """
      [{"file_name": "vid1/1.jpg", "bbox": [1, 2, 30, 40]}, {"file_name": "vid2/1.jpg", "bbox": [5, 6, 70, 80]}]
      """
    let boxes = try Self.boxes(json, ["vid2/1.jpg", "vid1/1.jpg", "vid3/1.jpg"])
    #expect(boxes.byPicture.map { $0.map(\.boundingBox.x) } == [[5], [1], []] && boxes.notice == nil)
    let error = #expect(throws: DetectionError.self) {
      try Self.boxes(#"[{"file_name": "1.jpg", "bbox": [1, 2, 30, 40]}]"#, ["vid1/1.jpg", "vid2/1.jpg"])
    }
    #expect(error?.description.contains("'vid1/1.jpg'") == true)
  }

  @Test(
    "boxes that belong to no picture say why",
    arguments: [
      (#"[{"file_name": "A.PNG", "bbox": [1, 2, 30, 40]}]"#, ["1 box, none", "'A.PNG'", "'a.png'"]),
      (
        #"[{"file_name": "a.png", "category_id": 0, "bbox": [1, 2, 30, 40]}]"#,
        ["category 0, and people are category 1"]
      ),
      (#"[{"image_id": 5, "bbox": [1, 2, 30, 40]}]"#, ["image 5", "whose name would have to be that number"]),
      ("[]", ["no boxes"]),
      (#"[{"file_name": "a.png", "bbox": [0.1, 0.2, 0.3, 0.4]}]"#, ["in pixels, not fractions"]),
    ])
  func notices(_ json: String, _ words: [String]) throws {
    let notice = try #require(try Self.boxes(json, ["a.png"]).notice)
    for word in words { #expect(notice.contains(word), "\(notice)") }
  }

  @Test("what pose predict writes serves as boxes")
  func predictions() throws {
    let json = """
      {"format": 1, "configuration": "x", "images": [{"file": "p/a.png", "width": 9, "height": 9, "poses": [
      {"bbox": [1, 2, 30, 40], "score": 0.5, "keypoints": [{"name": "nose", "x": 1, "y": 2, "score": 1}]}]},
      {"file": "p/b.png", "width": 9, "height": 9, "poses": []}]}
      """
    let boxes = try Self.boxes(json, ["p/b.png", "p/a.png"])
    #expect(boxes.byPicture.map(\.count) == [0, 1] && boxes.byPicture[1][0].score == 0.5)
  }
}
