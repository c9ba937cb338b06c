import PoseCore
import PoseData

/// Poses that a network found, as annotations in COCO's form that others can be trained with (pseudo-labels).
///
/// An annotation has what COCO's have, and `score`, how sure the network is of the person, and `keypoint_scores`, how sure
/// it is of each joint.
package struct PoseLabels: Sendable {
  /// The annotations' file.
  package private(set) var json: [UInt8] = []
  /// How many people there are.
  package private(set) var people = 0
  /// How many of their joints are labelled.
  package private(set) var labelled = 0
  /// How many are not, because they score too little or lie outside their picture.
  package private(set) var unlabelled = 0

  /// - Parameters:
  ///   - results: of the run. People keep the numbers of their annotations; others are numbered after these.
  ///   - run: what was found. Pictures that could not be read are left out.
  ///   - kind: the form of the run's annotations, which numbers pixels.
  ///   - minimumScore: joints that score below are not labelled.
  ///   - folder: what the pictures' file names are below.
  ///   - info: what the file says of itself.
  package init(
    _ results: [PersonResult], of run: DatasetRun, _ kind: DatasetKind, minimumScore: Double, folder: String,
    info: KeyValuePairs<String, String>
  ) {
    let dataset = run.dataset
    let estimated = Set(run.estimates.map(\.picture))
    let lost = Set(dataset.people.map(\.picture)).subtracting(estimated)
    let images = dataset.pictures.indices.filter { !lost.contains($0) }.map { index in
      let picture = dataset.pictures[index]
      return """
        {"id":\(picture.id),"file_name":\(picture.name(below: folder).json),"width":\(picture.width),\
        "height":\(picture.height)}
        """
    }
    var nextID = (dataset.people.compactMap(\.annotationID).max() ?? 0) &+ 1
    var annotations: [String] = []
    for result in results {
      guard let index = result.person, dataset.people.indices.contains(index) else { continue }
      let person = dataset.people[index]
      guard let box = person.boundingBox else { continue }
      let label = Label(result.keypoints, in: dataset.pictures[person.picture], minimumScore, kind.firstPixel)
      annotations.append(label.annotation(of: person, box, result, id: person.annotationID ?? nextID, kind.firstPixel))
      if person.annotationID == nil { nextID &+= 1 }
      labelled += label.count
      unlabelled += result.keypoints.count - label.count
    }
    people = annotations.count
    let facts = info.map { "\($0.key.json):\($0.value.json)" }
    let text = """
      {"info":{\(facts.joined(separator: ","))},
      "images":[
      \(images.joined(separator: ",\n"))
      ],
      "annotations":[
      \(annotations.joined(separator: ",\n"))
      ],
      "categories":[\(dataset.skeleton.category)]}

      """
    json = Array(text.utf8)
  }
}

/// A person's joints as an annotation has them.
private struct Label {
  let keypoints: String
  let scores: String
  let count: Int

  init(_ found: [Keypoint], in picture: Dataset.Picture, _ minimumScore: Double, _ firstPixel: Int) {
    var count = 0
    keypoints = found.map { keypoint in
      let (x, y) = (keypoint.position.x, keypoint.position.y)
      let isInside = x >= 0 && y >= 0 && x <= Double(picture.width) - 1 && y <= Double(picture.height) - 1
      guard isInside, keypoint.score >= minimumScore else { return "0,0,0" }
      count += 1
      return "\((x + Double(firstPixel)).rounded(2)),\((y + Double(firstPixel)).rounded(2)),2"
    }.joined(separator: ",")
    scores = found.map { $0.score.rounded(4) }.joined(separator: ",")
    self.count = count
  }

  func annotation(
    of person: Dataset.Person, _ box: BoundingBox, _ result: PersonResult, id: Int, _ firstPixel: Int
  ) -> String {
    // Of a box, a person covers about this part: what CrowdPose's and other evaluations take where no area is known.
    let area = person.area ?? box.width * box.height * 0.53
    let corner = [box.x + Double(firstPixel), box.y + Double(firstPixel), box.width, box.height]
    let track = person.trackID.map { "\"track_id\":\($0)," } ?? ""
    return """
      {"id":\(id),"image_id":\(result.pictureID),"category_id":1,"iscrowd":0,"bbox":[\
      \(corner.map { $0.rounded(2) }.joined(separator: ","))],"area":\(area.rounded(2)),\(track)\
      "score":\(result.score.rounded(4)),"num_keypoints":\(count),"keypoints":[\(keypoints)],\
      "keypoint_scores":[\(scores)]}
      """
  }
}

extension Dataset.Picture {
  fileprivate func name(below folder: String) -> String {
    let start = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
    return path.hasPrefix(start) ? String(path.dropFirst(start.count)) : path
  }
}

extension Skeleton {
  fileprivate var category: String {
    let names = joints.map(\.rawValue.json).joined(separator: ",")
    // Counted from 1 in files.
    let limbs = limbs.map { "[\($0.first + 1),\($0.second + 1)]" }.joined(separator: ",")
    return #"{"id":1,"name":"person","supercategory":"person","keypoints":[\#(names)],"skeleton":[\#(limbs)]}"#
  }
}

extension Double {
  /// With so many decimals at most, as JSON.
  fileprivate func rounded(_ places: Int) -> String {
    let scale = places == 2 ? 100.0 : 10_000
    let rounded = (self * scale).rounded() / scale
    return rounded == rounded.rounded() && abs(rounded) < 1e9 ? "\(Int(rounded))" : rounded.json
  }
}
