import Foundation
import PoseCore
import PoseData
import PoseFormats
import TestSupport
import Testing

@Suite struct AnnotationCheckupTests {
  private static let skeleton = Skeleton(
    name: "two", joints: ["left_end", "right_end"], flipPairs: [.init(0, 1)], limbs: [], sigmas: [0.1, 0.1])

  private struct Parts {
    var images = #"{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10}"#
    var annotation =
      #""image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "area": 9, "keypoints": [1, 1, 2, 0, 0, 0]"#
    var id = "1"
    var more = ""
    var category = #""id": 1, "keypoints": ["left_end", "right_end"]"#

    var json: [UInt8] {
      let annotations = "{\"id\": \(id), \(annotation)}" + (more.isEmpty ? "" : ",{\(more)}")
      return Array(
        "{\"images\": [\(images)], \"annotations\": [\(annotations)], \"categories\": [{\(category)}]}".utf8)
    }
  }

  private func issues(_ parts: Parts, _ skeleton: Skeleton = skeleton) throws -> [DatasetIssue] {
    let file = try COCOAnnotations(json: parts.json, bad: .skip)
    return DatasetAudit(DatasetKind(skeleton: skeleton), file, pictures: "p").issues
  }

  private func kinds(_ change: (inout Parts) -> Void) throws -> [DatasetIssue.Kind] {
    var parts = Parts()
    change(&parts)
    return try issues(parts).map(\.kind)
  }

  @Test("a sound dataset has no issues")
  func sound() throws {
    #expect(try issues(Parts()).isEmpty)
  }

  @Test(
    "what is wrong with a person is found, alone",
    arguments: [
      (#""image_id": 1, "area": 9, "keypoints": [1, 1, 2, 0, 0, 0]"#, [DatasetIssue.Kind.noBox]),
      (#""image_id": 1, "area": 9, "bbox": [0, 0, 0, 9], "keypoints": [1, 1, 2, 0, 0, 0]"#, [.emptyBox]),
      (#""image_id": 1, "area": 9, "bbox": [20, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]"#, [.emptyBox]),
      (#""image_id": 1, "area": 9, "bbox": [5, 5, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]"#, [.boxOutside]),
      (#""image_id": 1, "area": 9, "bbox": [0, 0, 9, 9], "keypoints": [1, 11, 2, 0, 0, 0]"#, [.keypointOutside]),
      (#""image_id": 1, "area": 9, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2]"#, [.wrongKeypointCount]),
      (#""image_id": 1, "area": 9, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 3, 0, 0, 0]"#, [.wrongVisibility]),
      (
        #""image_id": 1, "area": 9, "bbox": [0, 0, 9, 9], "num_keypoints": 2, "keypoints": [1, 1, 2, 0, 0, 0]"#,
        [.otherLabelCount]
      ),
      (
        #""image_id": 1, "area": 9, "bbox": [0, 0, 9, 9], "num_keypoints": 0, "keypoints": [1, 1, 2, 0, 0, 0]"#,
        [.contradictoryLabelCount, .noPeople]
      ),
      (#""image_id": 1, "area": 0, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]"#, [.zeroArea]),
      (#""image_id": 1, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]"#, [.noArea]),
      (
        #""image_id": 1, "category_id": 4, "area": 9, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]"#,
        [.noCategory]
      ),
      (
        #""image_id": 2, "area": 9, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]"#,
        [.unknownImage, .noPeople]
      ),
      (#""image_id": 1, "iscrowd": 1, "keypoints": [1, 1, 2, 0, 0, 0]"#, [.noPeople]),
      (#""image_id": 1, "keypoints": [0, 0, 0, 0, 0, 0]"#, [.noPeople]),
      (#""keypoints": [1, 1, 2, 0, 0, 0]"#, [.unusableEntry, .noPeople]),
    ])
  func people(_ annotation: String, _ expected: [DatasetIssue.Kind]) throws {
    #expect(try kinds { $0.annotation = annotation } == expected)
  }

  @Test("what is wrong with ids, images and categories is found, alone")
  func others() throws {
    let image = Parts().images
    #expect(try kinds { $0.images += "," + image } == [.repeatedImage])
    #expect(
      try kinds { $0.images += "," + image.replacingOccurrences(of: "a.jpg", with: "b.jpg") } == [.duplicateImageID])
    #expect(try kinds { $0.more = "\"id\": 1, " + $0.annotation } == [.duplicateAnnotationID])
    #expect(try kinds { $0.id = "0" } == [.annotationIDZero])
    #expect(try kinds { $0.images += #",{"id": 2, "width": 1, "height": 1}"# } == [.noFileName])
    #expect(try kinds { $0.images += #",{"id": 2, "file_name": "b.jpg"}"# } == [.noImageSize])
    #expect(
      try kinds {
        $0.category = $0.category.replacingOccurrences(of: "1", with: "2")
        $0.annotation = $0.annotation.replacingOccurrences(of: "\"category_id\": 1", with: "\"category_id\": 2")
      } == [.otherCategory])
    #expect(
      try kinds { $0.category = #""id": 1, "keypoints": ["right_end", "left_end"]"# } == [.otherJoints])
    #expect(try kinds { $0.category = #""id": 1, "keypoints": ["left_end"]"# } == [.otherJoints])
  }

  @Test("pairs that do not pair and sigmas that do not fit are found")
  func skeletons() throws {
    func kinds(_ change: (inout Skeleton) -> Void) throws -> [DatasetIssue.Kind] {
      var skeleton = Self.skeleton
      change(&skeleton)
      return try issues(Parts(), skeleton).map(\.kind)
    }
    #expect(try kinds { $0.flipPairs = [] } == [.flipPairs])
    #expect(try kinds { $0.flipPairs = [.init(0, 0)] } == [.flipPairs])
    #expect(try kinds { $0.flipPairs = [.init(0, 7)] } == [.flipPairs])
    #expect(try kinds { $0.flipPairs.append(.init(1, 0)) } == [.flipPairs])
    #expect(try kinds { $0.sigmas = [0.1] } == [.sigmas])
    #expect(try kinds { $0.sigmas = [0.1, 0] } == [.sigmas])
    #expect(try kinds { $0.sigmas = [0.1, .nan] } == [.sigmas])
  }

  @Test("pictures that are missing, damaged or of another size are found")
  func pictures() throws {
    let file = try COCOAnnotations(json: Parts().json)
    for (outcome, kind) in [
      (PictureOutcome.missing, DatasetIssue.Kind.missingPicture), (.unreadable("cut"), .unreadablePicture),
      (.size(width: 10, height: 11), .wrongPictureSize),
    ] {
      var audit = DatasetAudit(DatasetKind(skeleton: Self.skeleton), file, pictures: "p")
      #expect(audit.pictures.map(\.path) == ["p/a.jpg"])
      audit.check(pictures: [outcome])
      #expect(audit.issues.map(\.kind) == [kind] && audit.isError)
      #expect(audit.issues.first?.examples.first?.contains("p/a.jpg") == true)
    }
  }

  @Test("pictures that nobody is scored in may be missing")
  func unneeded() throws {
    var parts = Parts()
    parts.annotation += #", "iscrowd": 1"#
    parts.images += #", {"id": 2, "file_name": "b.jpg", "width": 10, "height": 10}"#
    parts.more = #""id": 2, "#
    parts.more += Parts().annotation.replacingOccurrences(of: "\"image_id\": 1", with: "\"image_id\": 2")
    let file = try COCOAnnotations(json: parts.json)
    var audit = DatasetAudit(DatasetKind(skeleton: Self.skeleton), file, pictures: "p")
    audit.check(pictures: [.missing, .size(width: 10, height: 10)])
    #expect(audit.issues.map(\.kind) == [.unneededPicture] && !audit.isError)
    audit = DatasetAudit(DatasetKind(skeleton: Self.skeleton), file, pictures: "p")
    audit.check(pictures: [.unreadable("cut"), .missing])
    #expect(audit.issues.map(\.kind) == [.missingPicture, .unneededPicture] && audit.isError)
  }

  @Test("areas that are placeholders are found")
  func areas() throws {
    let other =
      #""id": 2, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 9], "area": AREA, "keypoints": [1,1,2,0,0,0]"#
    #expect(try kinds { $0.more = other.replacingOccurrences(of: "AREA", with: "9") } == [.constantArea])
    #expect(try kinds { $0.more = other.replacingOccurrences(of: "AREA", with: "0.4") } == [.smallArea])
    #expect(try kinds { $0.more = other.replacingOccurrences(of: "AREA", with: "8") }.isEmpty)
  }

  @Test("MPII's joints are checked once the pictures' sizes are known")
  func mpii() throws {
    let joints = (0..<16).map { "[\($0 + 1), 11]" }.joined(separator: ",")
    let json = #"[{"image": "a.jpg", "center": [5, 5], "scale": 1, "joints": [\#(joints)]}]"#
    var audit = DatasetAudit(.mpii, try MPIIAnnotations(json: Array(json.utf8)), pictures: "p")
    #expect(audit.issues.isEmpty && audit.pictures.map(\.path) == ["p/a.jpg"])
    audit.check(pictures: [.size(width: 10, height: 20)])
    #expect(audit.issues.map(\.kind) == [.keypointOutside] && audit.issues.first?.count == 5)
    #expect(audit.issues.first?.examples.first?.contains("head") == false && !audit.isError)
  }

  @Test("a detector's boxes are checked against the pictures")
  func boxes() throws {
    var audit = DatasetAudit(
      DatasetKind(skeleton: Self.skeleton), try COCOAnnotations(json: Parts().json), pictures: "p")
    let json =
      #"[{"image_id": 5, "bbox": [0, 0, 1, 1]}, {"image_id": 1}, {"image_id": 1, "category_id": 2, "bbox": [0, 0, 1, 1]}]"#
    audit.check(boxes: try COCOResults(json: Array(json.utf8)))
    #expect(audit.issues.map(\.kind) == [.emptyBox, .unknownBoxImage, .noDetectedBoxes])
  }

  @Test("examples are few, counts are whole, and every kind says what it does")
  func counts() throws {
    var parts = Parts()
    parts.images = (0..<50).map { _ in Parts().images }.joined(separator: ",")
    let issue = try #require(try issues(parts).first)
    #expect(issue.count == 49 && issue.examples.count == DatasetIssue.maximumExamples && !issue.isError)
  }

  @Test("the sample datasets spoil no run", arguments: SampleDataset.all)
  func samples(_ sample: SampleDataset) throws {
    let audit = try DatasetAudit(sample.kind, annotations: sample.path(of: sample.annotations), pictures: "")
    #expect(!audit.isError, "\(audit.issues)")
  }
}
