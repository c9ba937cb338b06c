// swift run -c release --package-path Examples DrawPerson Examples/person.png
// swift run -c release --package-path Examples DrawPerson Examples/people.jpg Examples/people.json
//
// Draws a person, or the people that `make demo` looks at and where their joints are, in COCO's form.
import Foundation
import PoseEstimation
import PoseImage
import RenderedPeople

@main
enum DrawPerson {
  static func main() throws {
    let files = Array(CommandLine.arguments.dropFirst())
    guard files.count == 1 || files.count == 2 else { return print("usage: DrawPerson PICTURE [ANNOTATIONS.json]") }
    let camera = files.count == 1 ? Camera() : .group
    let image = try Image(width: camera.width, height: camera.height, pixels: camera.pixels())
    try image.write(to: files[0])
    guard files.count == 2 else { return }
    let annotations = Annotation.json(
      camera.annotations, picture: URL(filePath: files[0]).lastPathComponent, width: camera.width,
      height: camera.height)
    try annotations.write(toFile: files[1], atomically: true, encoding: .utf8)
  }
}
