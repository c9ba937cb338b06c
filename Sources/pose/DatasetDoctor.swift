import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseData
import PoseFormats
import PoseImage
import PoseMedia
import PoseMetrics

/// What `pose doctor DATASET` takes.
struct DatasetDoctor: ParsableArguments {
  @Argument(help: ArgumentHelp("The same as --annotations.", valueName: "file"))
  var dataset: String?

  @Option(
    help: ArgumentHelp("The annotation file to check. Without it, this machine is checked.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var annotations: String?

  /// The annotation file, by either of its places on the command line.
  var annotationFile: String? { annotations ?? dataset }

  @Option(
    help: ArgumentHelp(
      "The folder of the pictures. Without it, the pictures are not opened.", valueName: "folder"),
    completion: .directory)
  var images: String?

  @Option(
    name: .customLong("dataset"),
    help: "The dataset format: \(DatasetKind.all.map(\.name).joined(separator: ", ")). Defaults to coco.",
    transform: datasetName)
  var kind: String?

  @Option(
    help: "The skeleton of your own dataset: a YAML file, or a name such as coco17.",
    transform: skeletonName)
  var skeleton: String?

  @Option(
    help: ArgumentHelp("A COCO result file with a detector's boxes to check as well.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var boxes: String?

  @Flag(help: "Only read the headers of the pictures. This is faster, but misses damage in the pixels.")
  var quick = false

  @OptionGroup var pictureOptions: PictureOptions

  func validate() throws {
    if annotations != nil, dataset != nil { throw ValidationError("Give the annotation file once.") }
    if annotationFile == nil, images != nil || kind != nil || skeleton != nil || boxes != nil || quick {
      throw ValidationError("These options check a dataset: name its annotations.")
    }
    if kind != nil, skeleton != nil {
      throw ValidationError("A dataset has its own skeleton: give --dataset or --skeleton.")
    }
  }

  /// Prints what is wrong with a dataset, and fails where a run would be spoilt.
  func check(_ annotations: String, json: JSONOption) throws {
    var audit = try DatasetAudit(datasetKind(), annotations: annotations, pictures: images ?? "")
    if let boxes { audit.check(boxes: try COCOResults(contentsOf: boxes, bad: .skip)) }
    if images != nil { audit.check(pictures: outcomes(of: audit.pictures)) }
    try json.write(pose.json(Report(audit, annotations, openedPictures: images != nil)))
    if !json.isStandardOutput { try standardOutput(text(of: audit)) }
    if audit.isError { throw ExitCode(1) }
  }

  private func datasetKind() throws -> DatasetKind {
    if let skeleton {
      return DatasetKind(skeleton: try Skeleton(named: skeleton) ?? Skeleton(contentsOf: skeleton))
    }
    return try DatasetKind(named: kind ?? "coco", for: .coco17, mapsJoints: true)
  }

  /// Opens every picture, on all processors.
  private func outcomes(of pictures: [Dataset.Picture]) -> [PictureOutcome] {
    let (quick, limit) = (quick, pictureOptions.pixelLimit)
    return concurrentMap(pictures.count) { PictureOutcome(of: pictures[$0].path, quick: quick, limit) }
  }

  private func text(of audit: DatasetAudit) -> String {
    var lines = ["\(audit.pictureCount.counted("picture")), \(audit.personCount.counted("annotation"))"]
    if images == nil { lines.append("The pictures were not opened: name their folder with --images.") }
    for issue in audit.issues {
      lines.append("\n\(issue.isError ? "!" : "-") \(issue.kind.rawValue): \(issue.count.grouped)")
      lines.append("  \(issue.effect)")
      lines += issue.examples.map { "    \($0)" }
      if issue.count > issue.examples.count { lines.append("    ...") }
    }
    if !audit.isError { lines.append("\nNothing here spoils a run.") }
    return lines.joined(separator: "\n")
  }

  private struct Report: Encodable {
    let dataset: String
    let kind: String
    let pictures: Int
    let annotations: Int
    let openedPictures: Bool
    let issues: [DatasetIssue]

    init(_ audit: DatasetAudit, _ path: String, openedPictures: Bool) {
      dataset = path
      kind = audit.kind.name
      pictures = audit.pictureCount
      annotations = audit.personCount
      self.openedPictures = openedPictures
      issues = audit.issues
    }
  }
}

extension PictureOutcome {
  /// - Parameter quick: reads the header only.
  fileprivate init(of path: String, quick: Bool, _ pixelLimit: Int) {
    do throws(MediaError) {
      if quick {
        let picture = try EncodedImage(contentsOf: path, pixelLimit: pixelLimit)
        self = .size(width: picture.width, height: picture.height)
      } else {
        let picture = try Image(contentsOf: path, pixelLimit: pixelLimit)
        self = .size(width: picture.width, height: picture.height)
      }
    } catch {
      if case .file(.missing) = error { self = .missing } else { self = .unreadable("\(error)") }
    }
  }
}
