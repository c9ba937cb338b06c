import PoseCore
import PoseImage
import Testing

@testable import PoseMedia

@Suite("Maps over pictures")
struct MapDrawingTests {
  private static let red = Color(red: 1, green: 0, blue: 0)

  @Test("a picture shines where the map is high, and is dark elsewhere")
  func shines() throws {
    let image = try Image(width: 4, height: 4, pixels: Array(repeating: 100, count: 48))
    let drawn = image.drawing(MapOverlay(values: [1, 0, 0, 0], width: 2, height: 2, colors: [Self.red]))
    #expect(drawn.pixel(0, 0) == [255, 40, 40])
    #expect(drawn.pixel(3, 3) == [40, 40, 40])
    #expect(image.drawing(MapOverlay(values: [], width: 1, height: 1, colors: [])).pixel(1, 1) == [40, 40, 40])
  }

  @Test("fewer values than the maps have pixels trap")
  func tooFew() async {
    await #expect(processExitsWith: .failure) {
      let color = Color(red: 1, green: 0, blue: 0)
      _ = try Image.noise(4, 4).drawing(MapOverlay(values: [1, 0, 0], width: 2, height: 2, colors: [color]))
    }
  }

  @Test("maps without pixels trap")
  func noPixels() async {
    await #expect(processExitsWith: .failure) {
      _ = try Image.noise(4, 4).drawing(MapOverlay(values: [], width: 0, height: 2, colors: []))
    }
  }
}

@Suite("Pictures side by side")
struct SideBySideTests {
  @Test("both pictures are there, the first on the left")
  func both() throws {
    let (left, right) = (try Image.noise(3, 2), try Image.noise(4, 2, seed: 2))
    let both = try left.beside(right)
    #expect((both.width, both.height) == (7, 2))
    for y in 0..<2 {
      for x in 0..<7 { #expect(both.pixel(x, y) == (x < 3 ? left.pixel(x, y) : right.pixel(x - 3, y))) }
    }
  }

  @Test("pictures of different heights trap")
  func heights() async {
    await #expect(processExitsWith: .failure) { _ = try Image.noise(3, 2).beside(Image.noise(3, 3)) }
  }
}
