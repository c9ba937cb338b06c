import CDefaultModel
import PoseConfiguration
import PoseFormats
import PoseGraph

extension Model {
  /// The network that comes with the library and finds joints: wider naive Lite-HRNet-18 for COCO's 17, of `Models/`, whose
  /// card says how good it is and what it was made of.
  ///
  /// - Throws: ``ModelError`` where the library was built by a compiler that cannot embed it.
  public static var `default`: Model {
    get throws { try embedded("the default model", pose_default_network) }
  }

  /// The network that comes with the library and finds people: RTMDet-nano, of `Models/`.
  ///
  /// - Throws: ``ModelError`` where the library was built by a compiler that cannot embed it.
  public static var defaultDetector: Model {
    get throws { try embedded("the default detector", pose_default_detector) }
  }

  /// Checks that the default detector, which finds people, goes with this network.
  ///
  /// - Throws: ``EstimationError`` where the network's joints are those of something else, such as hands.
  package func checkIsOfPeople() throws(EstimationError) {
    guard let skeleton = configuration.model.skeleton, !skeleton.isOfPeople else { return }
    throw .findsOtherThanPeople(network: configuration.name, skeleton: skeleton.name)
  }

  private static func embedded(
    _ name: String, _ bytes: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>?
  ) throws -> Model {
    var count = 0
    guard let start = bytes(&count) else { throw ModelError.noDefault }
    let checkpoint = try Checkpoint(safetensors: Array(UnsafeBufferPointer(start: start, count: count)))
    let configuration = try ModelConfiguration(json: checkpoint.metadata["config"] ?? "", source: name)
    return try Model(configuration, checkpoint, source: .library)
  }
}
