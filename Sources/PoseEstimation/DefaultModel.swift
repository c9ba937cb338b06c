import CDefaultModel
import PoseConfiguration
import PoseFormats
import PoseGraph

extension Model {
  /// The model that comes with the library: Lite-HRNet-18 for COCO's 17 joints, of `Models/`, whose card says how good it
  /// is and what it was made of.
  ///
  /// - Throws: ``ModelError`` where the library was built by a compiler that cannot embed it.
  public static var `default`: Model {
    get throws {
      var count = 0
      guard let start = pose_default_model(&count) else { throw ModelError.noDefault }
      let checkpoint = try Checkpoint(safetensors: Array(UnsafeBufferPointer(start: start, count: count)))
      let configuration = try ModelConfiguration(
        json: checkpoint.metadata["config"] ?? "", source: "the default model")
      return try Model(configuration, checkpoint, source: .library)
    }
  }
}
