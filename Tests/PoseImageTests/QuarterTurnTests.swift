import PoseCore
import Testing

@testable import PoseImage

struct QuarterTurnTests {
  private static let pixels = (0..<5 * 3 * 3).map { UInt8($0 * 5) }

  private func color(of image: Image, at point: Point) -> [UInt8] {
    let start = 3 * (Int(point.y) * image.width + Int(point.x))
    return Array(image.pixels[start..<start + 3])
  }

  @Test("points and boxes go where the pixels go, and back", arguments: QuarterTurn.allCases)
  func pixels(_ turn: QuarterTurn) throws {
    let image = try Image(width: 5, height: 3, pixels: Self.pixels)
    let size = Size(height: 3, width: 5)
    let turned = try image.turned(turn)
    #expect(Size(height: turned.height, width: turned.width) == turn(size))
    for y in 0..<3 {
      for x in 0..<5 {
        let point = Point(x: Double(x), y: Double(y))
        let there = turn(point, in: size)
        #expect(color(of: turned, at: there) == color(of: image, at: point))
        #expect(turn.inverse(there, in: turn(size)) == point)
      }
    }
    let box = BoundingBox(x: 1, y: 0, width: 3, height: 2)
    let there = turn(box, in: size)
    #expect(turn.inverse(there, in: turn(size)) == box)
    // The middle of the pixel at the box's corner is inside.
    let corner = turn(Point(x: 1, y: 0), in: size)
    #expect(corner.x >= there.x && corner.x < there.x + there.width)
    #expect(corner.y >= there.y && corner.y < there.y + there.height)
    #expect(try turned.turned(turn.inverse) == image)
  }

  @Test("clockwise brings the top left to the top right")
  func clockwise() throws {
    #expect(QuarterTurn.clockwise(Point(x: 0, y: 0), in: Size(height: 3, width: 5)) == Point(x: 2, y: 0))
  }
}
