import PoseCore
import PoseData
import PoseEvaluation
import PoseFormats
import Testing

struct ErrorAnalysisTests {
  /// Two people with their joints on a grid, 20 pixels apart.
  private func dataset() throws -> Dataset {
    func person(_ id: Int, _ x: Int) -> String {
      let joints = (0..<17).map { "\(x + $0 % 4 * 20),\(10 + $0 / 4 * 20),2" }.joined(separator: ",")
      return """
        {"id": \(id), "image_id": 1, "category_id": 1, "bbox": [\(x - 5), 5, 80, 100], "area": 2500, "iscrowd": 0, \
        "num_keypoints": 17, "keypoints": [\(joints)]}
        """
    }
    let json = """
      {"images": [{"id": 1, "file_name": "a.jpg", "width": 400, "height": 200}], \
      "categories": [{"id": 1, "name": "person", "keypoints": ["nose"]}], \
      "annotations": [\(person(1, 10)), \(person(2, 200))]}
      """
    return try Dataset(.coco, COCOAnnotations(json: Array(json.utf8)), pictures: "")
  }

  private func result(_ dataset: Dataset, _ person: Int, _ change: (inout [Keypoint]) -> Void = { _ in })
    -> PersonResult
  {
    var keypoints = dataset.keypoints(of: dataset.people[person]).map { Keypoint(position: $0.position, score: 1) }
    change(&keypoints)
    return PersonResult(person: person, pictureID: 1, score: 1 - Double(person) / 10, keypoints: keypoints)
  }

  @Test("what is where it should be is good")
  func perfect() throws {
    let dataset = try dataset()
    let analysis = ErrorAnalysis([result(dataset, 0), result(dataset, 1)], of: dataset)
    #expect(analysis.matches.count == 2 && analysis.missed.isEmpty && analysis.unmatched == 0)
    for joint in analysis.joints {
      #expect(joint.counts == [.good: 2] && joint.similarity == 1 && joint.medianDistance == 0)
    }
  }

  @Test("joints that changed places, people or sense are told apart")
  func kinds() throws {
    let dataset = try dataset()
    let other = Array(dataset.keypoints(of: dataset.people[1]))
    let first = result(dataset, 0) { keypoints in
      keypoints.swapAt(9, 10)
      keypoints[13].position = other[13].position
      keypoints[15].position = Point(x: 390, y: 190)
      keypoints[7].position.x += 5
    }
    let joints = ErrorAnalysis([first, result(dataset, 1)], of: dataset).joints
    #expect(joints[9].counts == [.inversion: 1, .good: 1] && joints[10].counts == [.inversion: 1, .good: 1])
    #expect(joints[13].counts == [.swap: 1, .good: 1])
    #expect(joints[15].counts == [.miss: 1, .good: 1])
    #expect(joints[7].counts == [.jitter: 1, .good: 1])
    #expect(abs(joints[7].medianDistance - 10) < 1e-9)
  }

  @Test("people that nobody found and results that are nobody's are counted")
  func unmatched() throws {
    let dataset = try dataset()
    let nobody = result(dataset, 0) { keypoints in
      for index in keypoints.indices { keypoints[index].position.y += 5000 }
    }
    let analysis = ErrorAnalysis([result(dataset, 1), nobody], of: dataset)
    #expect(analysis.matches.map(\.person) == [1] && analysis.missed == [0] && analysis.unmatched == 1)
    #expect(ErrorAnalysis([], of: dataset).missed.count == 2)
  }
}
