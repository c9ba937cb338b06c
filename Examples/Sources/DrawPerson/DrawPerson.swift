// swift run -c release --package-path Examples DrawPerson Examples/person.png
// swift run -c release --package-path Examples DrawPerson Examples/people.jpg Examples/people.json
//
// Draws the person that `make demo` looks at, or several people and the boxes around them.
import Foundation
import PoseEstimation
import PoseImage

@main
enum DrawPerson {
  static func main() throws {
    let files = Array(CommandLine.arguments.dropFirst())
    guard files.count == 1 || files.count == 2 else { return print("usage: DrawPerson PICTURE [BOXES.json]") }
    let camera = files.count == 1 ? Camera() : .group
    let image = try Image(width: camera.width, height: camera.height, pixels: camera.pixels())
    try image.write(to: files[0])
    guard files.count == 2 else { return }
    let name = URL(filePath: files[0]).lastPathComponent
    let lines = camera.boxes.map { #"  {"file_name": "\#(name)", "bbox": \#($0), "score": 1}"# }
    try "[\n\(lines.joined(separator: ",\n"))\n]\n".write(toFile: files[1], atomically: true, encoding: .utf8)
  }
}
