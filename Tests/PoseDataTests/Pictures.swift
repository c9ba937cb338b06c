import PoseMedia
import TestSupport

/// The pictures that the goldens name.
enum Pictures {
  static func size(of file: String) throws -> (width: Int, height: Int) {
    let picture = try EncodedImage(contentsOf: PipelineGolden.picture(file))
    return (picture.width, picture.height)
  }
}
