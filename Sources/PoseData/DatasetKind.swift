import PoseConfiguration
import PoseCore
import PoseFormats

/// The form and rules of a dataset's annotations.
public struct DatasetKind: Sendable, Hashable {
  /// What the command line and configurations call it.
  public var name: String
  public var skeleton: Skeleton
  public var form: Form
  /// The number of the first pixel: 1 where MATLAB wrote the annotations.
  package var firstPixel: Int
  /// Whether its evaluation scales distances by the annotated areas; the others' by boxes, or by heads.
  package var usesArea: Bool

  public enum Form: Sendable, Hashable {
    /// `{"images": [...], "annotations": [...], "categories": [...]}`
    case coco
    /// `[{"image": ..., "center": ..., "scale": ..., "joints": ...}]`
    case mpii
  }

  /// The joints that files in COCO's form have for these people.
  package var joints: COCOAnnotations.Joints { skeleton == .wholeBody133 ? .wholeBody : .body }

  /// A file in COCO's form with a skeleton of its own.
  public init(skeleton: Skeleton) {
    self.init(skeleton.name, skeleton)
  }

  private init(_ name: String, _ skeleton: Skeleton, form: Form = .coco, firstPixel: Int = 0, usesArea: Bool = true) {
    self.name = name
    self.skeleton = skeleton
    self.form = form
    self.firstPixel = firstPixel
    self.usesArea = usesArea
  }

  /// Lin et al., ECCV 2014.
  public static let coco = DatasetKind("coco", .coco17)
  /// Andriluka et al., CVPR 2014, in the JSON that the published code of HRNet reads.
  public static let mpii = DatasetKind("mpii", .mpii16, form: .mpii, firstPixel: 1, usesArea: false)
  /// Li et al., CVPR 2019.
  package static let crowdPose = DatasetKind("crowdpose", .crowdPose14, usesArea: false)
  /// Zhang et al., CVPR 2019.
  package static let ochuman = DatasetKind("ochuman", .coco17)
  /// Wu et al., 2017, in COCO's form.
  package static let aic = DatasetKind("aic", .aic14, usesArea: false)
  /// Jhuang et al., ICCV 2013, in COCO's form.
  package static let jhmdb = DatasetKind("jhmdb", .jhmdb15, firstPixel: 1, usesArea: false)
  /// Andriluka et al., CVPR 2018.
  package static let poseTrack18 = DatasetKind("posetrack18", .poseTrack18, usesArea: false)
  /// Johnson and Everingham, BMVC 2010 and CVPR 2011, in COCO's form.
  package static let lsp = DatasetKind("lsp", .lsp14)

  /// Jin et al., ECCV 2020: COCO with feet, faces and hands.
  package static let wholeBody = DatasetKind("wholebody", .wholeBody133)

  public static let all = [coco, mpii, crowdPose, ochuman, aic, jhmdb, poseTrack18, lsp, wholeBody]

  /// The dataset of that name; `lspet` is `lsp`'s extension, with the same joints. A skeleton's name, such as `mpii16`,
  /// is that of any file in COCO's form with these joints.
  public init?(named name: String) {
    if let kind = Self.all.first(where: { $0.name == (name == "lspet" ? "lsp" : name) }) {
      self = kind
    } else if let skeleton = Skeleton(named: name) {
      self.init(skeleton: skeleton)
    } else {
      return nil
    }
  }
}

/// Why a dataset's kind cannot be told.
public enum DatasetKindError: UserError, Hashable {
  case unknown(String)
  /// A skeleton file that cannot be read.
  case skeleton(reason: String)
  /// The kind's skeleton differs from the network's.
  case otherJoints(kind: String, skeleton: String, network: String)

  public var description: String {
    switch self {
    case .unknown("boxes"):
      "boxes are what a detector learns from: train one, such as rtmdet_nano_person, or name annotations with joints"
    case .unknown(let name):
      "no dataset is called '\(name)'. There are: \(DatasetKind.all.map(\.name).joined(separator: ", ")); a "
        + "skeleton file (dog.yaml) stands for annotations in COCO's form with its joints"
    case .skeleton(let reason): reason
    case .otherJoints(let kind, let skeleton, let network):
      "\(kind) has the joints \(skeleton), but the network has \(network)"
    }
  }
}

extension DatasetKind {
  /// The kind of a dataset that a network with these joints works on: the one rule for the command line and configurations.
  ///
  /// - Parameters:
  ///   - name: as the user gave it, or the path of a skeleton file; nil for the first kind with the network's joints, or
  ///     for a file in COCO's form if there is none.
  ///   - skeleton: the network's joints.
  ///   - mapsJoints: whether the dataset may have other joints, of which those with the same names are used.
  public init(named name: String?, for skeleton: Skeleton, mapsJoints: Bool = false) throws(DatasetKindError) {
    guard let name else {
      self = Self.all.first { $0.skeleton == skeleton } ?? DatasetKind(skeleton: skeleton)
      return
    }
    let kind: DatasetKind
    if let known = DatasetKind(named: name) {
      kind = known
    } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
      do throws(ConfigurationError) {
        kind = DatasetKind(skeleton: try Skeleton(contentsOf: name))
      } catch {
        throw .skeleton(reason: "\(error)")
      }
    } else {
      throw .unknown(name)
    }
    guard mapsJoints || kind.skeleton == skeleton else {
      throw .otherJoints(kind: name, skeleton: kind.skeleton.name, network: skeleton.name)
    }
    self = kind
  }
}
