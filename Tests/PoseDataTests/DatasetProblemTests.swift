import PoseCore
import PoseData
import PoseFormats
import Testing

@Suite struct DatasetProblemTests {
  private static let skeleton = Skeleton(
    name: "two", joints: ["left_end", "right_end"], flipPairs: [.init(0, 1)], limbs: [], sigmas: [0.1, 0.1])
  private static let good = #"{"id": 1, "image_id": 1, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]}"#
  private static let image = #"{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10}"#

  private func dataset(
    _ annotations: [String], images: [String] = [image], _ options: DatasetOptions = DatasetOptions()
  ) throws -> Dataset {
    let json = """
      {"images": [\(images.joined(separator: ","))], "annotations": [\(annotations.joined(separator: ","))]}
      """
    let file = try COCOAnnotations(json: Array(json.utf8), bad: options.bad)
    return try Dataset(DatasetKind(skeleton: Self.skeleton), file, pictures: "p", options: options)
  }

  @Test(
    "an annotation that cannot be used is named, and skipped or refused",
    arguments: [
      (
        #"{"id": 1, "image_id": 1, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]}"#,
        DatasetProblem.duplicateAnnotation(id: 1)
      ),
      (
        #"{"id": 2, "image_id": 5, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]}"#,
        .unknownPicture(id: 5, annotation: 2)
      ),
      (#"{"id": 2, "image_id": 1, "keypoints": [1, 1, 2, 0, 0, 0]}"#, .noBox(annotation: 2)),
      (
        #"{"id": 2, "image_id": 1, "bbox": [0, 0, 9, 9], "area": 0, "keypoints": [1, 1, 2, 0, 0, 0]}"#,
        .noArea(annotation: 2)
      ),
      (
        #"{"id": 2, "image_id": 1, "bbox": [11, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]}"#,
        .emptyBox(annotation: 2, BoundingBox(x: 11, y: 0, width: 9, height: 9))
      ),
      (
        #"{"id": 2, "image_id": 1, "bbox": [1, 0, -9, 9], "keypoints": [1, 1, 2, 0, 0, 0]}"#,
        .emptyBox(annotation: 2, BoundingBox(x: 1, y: 0, width: -9, height: 9))
      ),
      (
        #"{"id": 2, "image_id": 1, "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2]}"#,
        .keypointCount(annotation: 2, 1, expected: 2)
      ),
    ])
  func annotations(_ bad: String, _ problem: DatasetProblem) throws {
    let dataset = try dataset([Self.good, bad])
    #expect(dataset.people.map(\.annotationID) == [1])
    #expect(dataset.problems.count == 1 && dataset.problems.first == [problem])
    #expect(throws: problem) { try self.dataset([Self.good, bad], DatasetOptions(bad: .refuse)) }
  }

  @Test(
    "a picture that cannot be used is named, and skipped or refused",
    arguments: [
      (#"{"id": 1, "file_name": "b.jpg", "width": 10, "height": 10}"#, DatasetProblem.duplicatePicture(id: 1)),
      (#"{"id": 2, "width": 10, "height": 10}"#, .noFileName(picture: 2)),
      (#"{"id": 2, "file_name": "b.jpg", "width": 10}"#, .noSize(picture: 2)),
    ])
  func pictures(_ bad: String, _ problem: DatasetProblem) throws {
    let dataset = try dataset([Self.good], images: [Self.image, bad])
    #expect(dataset.pictures.map(\.path) == ["p/a.jpg"] && dataset.problems.first == [problem])
    #expect(throws: problem) {
      try self.dataset([Self.good], images: [Self.image, bad], DatasetOptions(bad: .refuse))
    }
  }

  @Test("crowds, people without joints and other objects are left out by rule, and counted")
  func excluded() throws {
    let others = [
      #"{"id": 2, "image_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": 1, "keypoints": [1, 1, 2, 0, 0, 0]}"#,
      #"{"id": 3, "image_id": 1, "bbox": [0, 0, 9, 9], "keypoints": [0, 0, 0, 0, 0, 0]}"#,
      #"{"id": 4, "image_id": 1, "bbox": [0, 0, 9, 9]}"#,
    ]
    let dataset = try dataset([Self.good] + others, DatasetOptions(bad: .refuse))
    #expect(dataset.people.count == 1 && dataset.problems.count == 0)
    #expect(dataset.excluded.crowds == 1 && dataset.excluded.unlabelled == 2)
    let all = try self.dataset([Self.good] + others, DatasetOptions(includesCrowds: true, includesUnlabelled: true))
    #expect(
      all.people.map(\.annotationID) == [1, 2, 3, 4] && all.people.map(\.isCrowd) == [false, true, false, false])
    #expect(all.keypoints(of: all.people[3]).isEmpty)
  }

  @Test("people are in the order of their pictures")
  func order() throws {
    let people = [(1, 2), (2, 1), (3, 2), (4, 1)].map {
      #"{"id": \#($0.0), "image_id": \#($0.1), "bbox": [0, 0, 9, 9], "keypoints": [1, 1, 2, 0, 0, 0]}"#
    }
    let dataset = try dataset(
      people, images: [Self.image, #"{"id": 2, "file_name": "b.jpg", "width": 10, "height": 10}"#])
    #expect(dataset.people.map(\.annotationID) == [2, 4, 1, 3])
  }

  @Test("boxes of a detector pass by score, overlap and picture")
  func detections() throws {
    let results = try COCOResults(
      json: Array(
        #"""
        [{"image_id": 1, "bbox": [0, 0, 8, 8], "score": 0.8}, {"image_id": 1, "bbox": [0, 0, 8, 9], "score": 0.9},
         {"image_id": 1, "bbox": [5, 5, 4, 4], "score": 0.7}, {"image_id": 1, "bbox": [5, 5, 4, 4], "score": 0.01},
         {"image_id": 9, "bbox": [5, 5, 4, 4], "score": 0.7}, {"image_id": 1, "bbox": [5, 5, 0, 4], "score": 0.7},
         {"image_id": 1, "category_id": 3, "bbox": [0, 0, 8, 8], "score": 1}, {"image_id": 1, "score": 0.8},
         {"image_id": 1, "bbox": [500, 5, 4, 4], "score": 0.6}, {"image_id": 1, "bbox": [-9, 5, 4, 4], "score": 0.5}]
        """#.utf8))
    let boxes = try dataset([Self.good]).replacingPeople(
      withBoxes:
        results, source: .detector("yolo"), minimumScore: 0.1, overlap: 0.6)
    #expect(
      boxes.people.map(\.score) == [0.9, 0.7, 0.6, 0.5] && boxes.people.allSatisfy { $0.source == .detector("yolo") })
    #expect(boxes.problems.count == 3 && boxes.excluded.otherCategories == 1)
    #expect(boxes.problems.first.map(String.init(describing:)).contains { $0.contains("image 9") })
    let all = try dataset([Self.good]).replacingPeople(withBoxes: results, source: .groundTruth)
    #expect(all.people.map(\.score) == [0.8, 0.9, 0.7, 0.01, 0.6, 0.5])
    #expect(throws: DatasetProblem.self) {
      try dataset([Self.good]).replacingPeople(withBoxes: results, source: .groundTruth, bad: .refuse)
    }
  }

  @Test("MPII's people of another number of joints are named, and test files have none")
  func mpii() throws {
    let json = #"""
      [{"image": "a.jpg", "center": [-1, -1], "scale": 2}, {"image": "a.jpg", "center": [5, 6], "scale": 1,
       "joints": [[1, 2]], "joints_vis": [1]}, {"image": "b.jpg", "center": [5, 6]}]
      """#
    let file = try MPIIAnnotations(json: Array(json.utf8), bad: .skip)
    let dataset = try Dataset(.mpii, file, pictures: "p")
    #expect(dataset.people.count == 1 && dataset.pictures.map(\.path) == ["p/a.jpg"])
    #expect(dataset.people[0].place == .body(center: Point(x: -2, y: -2), scale: 2))
    #expect(dataset.problems.count == 2)
    #expect(throws: AnnotationError.self) { try MPIIAnnotations(json: Array(json.utf8)) }
    #expect(throws: AnnotationError.self) { try MPIIAnnotations(json: Array("{}".utf8)) }
  }
}
