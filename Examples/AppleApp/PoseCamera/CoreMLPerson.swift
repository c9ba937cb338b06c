import CoreImage
import CoreML
import CoreVideo
import Foundation

/// One person's joints by an exported model, which Core ML runs on the Neural Engine, the GPU or the CPU.
///
/// The model is of heatmaps and takes pictures:
///
///     pose export litehrnet_18_coco_256x192.pth --format coreml --input picture --output LiteHRNet.mlpackage
///
/// Xcode compiles a package that is part of the app. The region of the person, at the aspect of the model's input, is what the
/// caller chooses: the middle of the picture, or the box around the joints of the frame before.
final class CoreMLPerson {
  enum Failure: Error { case noModel, noPictureInput, noHeatmaps }

  private let model: MLModel
  private let context = CIContext()
  private let input: (name: String, width: Int, height: Int)
  private let output: String
  /// The names of the joints, in the order of the heatmaps.
  let joints: [String]

  init(named name: String = "LiteHRNet") throws {
    guard let place = Bundle.main.url(forResource: name, withExtension: "mlmodelc") else { throw Failure.noModel }
    model = try MLModel(contentsOf: place)
    let description = model.modelDescription
    guard let (inputName, feature) = description.inputDescriptionsByName.first, let image = feature.imageConstraint
    else {
      throw Failure.noPictureInput
    }
    guard let outputName = description.outputDescriptionsByName.keys.first else { throw Failure.noHeatmaps }
    (input, output) = ((inputName, image.pixelsWide, image.pixelsHigh), outputName)
    let metadata = description.metadata[.creatorDefinedKey] as? [String: String]
    joints = try metadata?["joints"].map { try JSONDecoder().decode([String].self, from: Data($0.utf8)) } ?? []
  }

  /// The width of a region beside its height.
  var aspect: Double { Double(input.width) / Double(input.height) }

  /// The joints of the person in a region of a frame, in pixels of the frame, and the heights of the heatmaps' peaks.
  func joints(in pixels: CVPixelBuffer, region: CGRect) throws -> [(position: CGPoint, score: Double)] {
    let height = CGFloat(CVPixelBufferGetHeight(pixels))
    // Core Image counts rows from below.
    let origin = CGPoint(x: -region.minX, y: -(height - region.maxY))
    let cut = CIImage(cvPixelBuffer: pixels)
      .transformed(by: CGAffineTransform(translationX: origin.x, y: origin.y))
      .transformed(
        by: CGAffineTransform(
          scaleX: CGFloat(input.width) / region.width, y: CGFloat(input.height) / region.height))
    var buffer: CVPixelBuffer?
    CVPixelBufferCreate(nil, input.width, input.height, kCVPixelFormatType_32BGRA, nil, &buffer)
    guard let buffer else { throw Failure.noPictureInput }
    context.render(cut, to: buffer)
    let features = try MLDictionaryFeatureProvider(dictionary: [input.name: MLFeatureValue(pixelBuffer: buffer)])
    guard let maps = try model.prediction(from: features).featureValue(for: output)?.multiArrayValue,
      maps.shape.count == 4
    else { throw Failure.noHeatmaps }
    return peaks(of: MLShapedArray<Float>(maps), in: region)
  }

  /// The highest place of each heatmap. `pose` moves it by parts of a pixel too, as the configuration's codec says.
  private func peaks(of maps: MLShapedArray<Float>, in region: CGRect) -> [(position: CGPoint, score: Double)] {
    let (rows, columns) = (maps.shape[2], maps.shape[3])
    return maps[0].map { map in
      let scalars = map.scalars
      let best = scalars.indices.max { scalars[$0] < scalars[$1] } ?? 0
      let (x, y) = (Double(best % columns) + 0.5, Double(best / columns) + 0.5)
      let position = CGPoint(
        x: region.minX + x / Double(columns) * region.width, y: region.minY + y / Double(rows) * region.height)
      return (position, Double(scalars[best]))
    }
  }
}
