import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseData
import PoseFormats
import PoseImage
import PoseMedia

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What `pose doctor DATASET` takes.
struct DatasetDoctor: ParsableArguments {
  @Argument(help: "Annotations to check before a run: a JSON file. Without, this machine is checked.")
  var dataset: String?

  @Option(help: "The folder of the pictures; without, pictures are not opened.")
  var images: String?

  @Option(
    help: "What the annotations are of: \(DatasetKind.all.map(\.name).joined(separator: ", ")). Default: coco.")
  var kind: String?

  @Option(help: "The skeleton of a dataset of your own: a YAML file, or a name such as coco17.")
  var skeleton: String?

  @Option(help: "Boxes of a detector to check, too: a COCO result file.")
  var boxes: String?

  @Flag(help: "Read the headers of the pictures only: faster, but damage further in stays unseen.")
  var quick = false

  func validate() throws {
    if dataset == nil, images != nil || kind != nil || skeleton != nil || boxes != nil || quick {
      throw ValidationError("These options check a dataset: name its annotations.")
    }
    if kind != nil, skeleton != nil {
      throw ValidationError("A dataset has its own skeleton: give --kind or --skeleton.")
    }
  }

  /// Prints what is wrong with a dataset, and fails where a run would be spoilt.
  func check(_ annotations: String, json: Bool) throws {
    var checkup = try AnnotationCheckup(datasetKind(), annotations: annotations, pictures: images ?? "")
    if let boxes { checkup.check(boxes: try COCOResults(contentsOf: boxes, bad: .skip)) }
    if images != nil { checkup.check(pictures: outcomes(of: checkup.pictures)) }
    print(json ? try pose.json(Report(checkup, annotations, openedPictures: images != nil)) : text(of: checkup))
    if checkup.isHarmful { throw ExitCode(1) }
  }

  private func datasetKind() throws -> DatasetKind {
    if let skeleton {
      return DatasetKind(skeleton: try Skeleton(named: skeleton) ?? Skeleton(contentsOf: skeleton))
    }
    guard let found = DatasetKind(named: kind ?? "coco") else {
      throw InputError(
        "there is no dataset '\(kind ?? "")': take \(DatasetKind.all.map(\.name).joined(separator: ", ")), or --skeleton"
      )
    }
    return found
  }

  /// Opens every picture, on all processors.
  private func outcomes(of pictures: [Dataset.Picture]) -> [PictureOutcome] {
    let quick = quick
    let threads = min(ProcessInfo.processInfo.activeProcessorCount, max(1, pictures.count))
    let shares = concurrently(threads) { share in
      stride(from: share, to: pictures.count, by: threads).map { PictureOutcome(of: pictures[$0].path, quick: quick) }
    }
    return pictures.indices.map { shares[$0 % threads][$0 / threads] }
  }

  private func text(of checkup: AnnotationCheckup) -> String {
    var lines = ["\(checkup.pictureCount.grouped) pictures, \(checkup.personCount.grouped) annotations"]
    if images == nil { lines.append("The pictures were not opened: name their folder with --images.") }
    for finding in checkup.findings {
      lines.append("\n\(finding.isHarmful ? "!" : "-") \(finding.kind.rawValue): \(finding.count.grouped)")
      lines.append("  \(finding.effect)")
      lines += finding.examples.map { "    \($0)" }
      if finding.count > finding.examples.count { lines.append("    ...") }
    }
    if !checkup.isHarmful { lines.append("\nNothing here spoils a run.") }
    return lines.joined(separator: "\n")
  }

  private struct Report: Encodable {
    let dataset: String
    let kind: String
    let pictures: Int
    let annotations: Int
    let openedPictures: Bool
    let findings: [Finding]

    init(_ checkup: AnnotationCheckup, _ path: String, openedPictures: Bool) {
      dataset = path
      kind = checkup.kind.name
      pictures = checkup.pictureCount
      annotations = checkup.personCount
      self.openedPictures = openedPictures
      findings = checkup.findings
    }
  }
}

extension PictureOutcome {
  /// - Parameter quick: reads the header only.
  fileprivate init(of path: String, quick: Bool) {
    do throws(MediaError) {
      if quick {
        let picture = try EncodedImage(contentsOf: path)
        self = .size(width: picture.width, height: picture.height)
      } else {
        let picture = try Image(contentsOf: path)
        self = .size(width: picture.width, height: picture.height)
      }
    } catch {
      if case .file(.missing) = error { self = .missing } else { self = .unreadable("\(error)") }
    }
  }
}
