import Foundation
import PoseCore
import Testing

struct SizeTests {
  @Test("a size is height x width, as text and in files")
  func text() throws {
    let size = Size(height: 256, width: 192)
    #expect("\(size)" == "256x192" && Size("256x192") == size)
    #expect(try JSONDecoder().decode([Size].self, from: JSONEncoder().encode([size])) == [size])
  }

  @Test(
    "other text is no size",
    arguments: ["", "256", "x", "256x", "x192", "256x192x3", "256 x 192", "axb", "99999999999999999999x1"])
  func otherText(_ text: String) { #expect(Size(text) == nil) }

  @Test("sizes in files are bounded", arguments: ["-1x3", "3x65537"])
  func bounds(_ text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Size].self, from: Data("[\"\(text)\"]".utf8)) }
  }
}
