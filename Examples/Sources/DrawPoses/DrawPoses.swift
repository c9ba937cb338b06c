// swift run --package-path Examples DrawPoses WEIGHTS PICTURE BOXES.json RESULT.png
//
// Estimates the poses in a picture's boxes and draws them alone, on slate.
import PoseEstimation
import PoseFormats
import PoseImage

@main
enum DrawPoses {
  static func main() throws {
    let files = Array(CommandLine.arguments.dropFirst())
    guard files.count == 4 else { return print("usage: DrawPoses WEIGHTS PICTURE BOXES.json RESULT.png") }
    let image = try Image(contentsOf: files[1])
    let boxes = try DetectionFile(contentsOf: files[2]).records.map(\.detection)
    let poses = try PoseEstimator(model: .file(files[0])).poses(in: image, boxes: boxes)
    let slate: [UInt8] = [30, 34, 44]
    let paper = (0..<image.width * image.height).flatMap { _ in slate }
    let sheet = try Image(width: image.width, height: image.height, pixels: paper)
    try sheet.drawing(poses).write(to: files[3])
  }
}
