// swift run -c release --package-path Examples DrawPerson Examples/person.png
//
// Draws the person that `make demo` looks at.
import PoseEstimation
import PoseImage

@main
enum DrawPerson {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else { return print("usage: DrawPerson PICTURE.png") }
    let camera = Camera()
    let image = try Image(width: camera.width, height: camera.height, pixels: camera.pixels())
    try image.write(to: CommandLine.arguments[1])
  }
}
