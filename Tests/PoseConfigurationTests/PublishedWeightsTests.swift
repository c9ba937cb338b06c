import Foundation
import PoseConfiguration
import TestSupport
import Testing

struct PublishedWeightsTests {
  private static func weights(_ entry: String) throws -> PublishedWeights {
    try #require(
      try ModelConfiguration(yaml: ModelConfigurationTests.valid + "weights: [{ \(entry) }]", name: "mine").weights
        .first)
  }

  @Test("an entry has addresses, a size, a license and a source, and is the same after a round trip")
  func entry() throws {
    let entry = try Self.weights(
      "url: ['https://a.b/c/w.pth?x=1', 'https://d.e/f'], bytes: 7, licence: MIT, source: a/b:README.md, ap: 1")
    #expect(entry.urls.count == 2 && entry.fileName == "w.pth" && entry.bytes == 7)
    #expect(entry.addresses.map(\.host) == ["a.b", "d.e"] && entry.browserPage == nil && entry.digits == nil)
    #expect(try JSONDecoder().decode(PublishedWeights.self, from: JSONEncoder().encode(entry)) == entry)
    let one = try Self.weights("url: https://a.b/w.pth, licence: not stated")
    #expect(one.urls == ["https://a.b/w.pth"] && one.licence == nil)
    #expect(try JSONDecoder().decode(PublishedWeights.self, from: JSONEncoder().encode(one)) == one)
  }

  @Test("a page for browsers is no address to fetch from")
  func browser() throws {
    let entry = try Self.weights("url: https://drive.google.com/file/d/1/view, file: w.pth")
    #expect(entry.addresses.isEmpty && entry.browserPage == "https://drive.google.com/file/d/1/view")
  }

  @Test(
    "entries that cannot be",
    arguments: [
      ("url: []", "url"), ("url: 'ftp://a.b/c.pth'", "url"), ("url: 'file:///etc/passwd'", "url"),
      ("url: ['https://a.b/c.pth', 'http://a.b/c.pth']", "url"), ("url: 'https://a.b'", "url"),
      ("url: 'https://u:p@a.b/c.pth'", "url"), ("url: 'https://a.b/c.pth.part'", "url"),
      ("url: 'https://a.b/c', file: c.pth.sha256", "file"), ("url: 'https://a.b/.pth'", "url"),
      ("url: 'https://a.b/c.pth', bytes: 0", "bytes"), ("url: 'https://a.b/c.pth', bytes: 9000000000", "bytes"),
      ("url: 'https://a.b/c.pth', licence: my own", "licence"), ("url: 'https://a.b/c.pth', source: a b", "source"),
    ])
  func wrongEntries(_ entry: String, _ key: String) {
    let yaml = ModelConfigurationTests.valid + "weights: [{ \(entry) }]"
    let error = #expect(throws: ConfigurationError.self) { try ModelConfiguration(yaml: yaml, name: "mine") }
    #expect(error?.key.hasPrefix("weights.0.\(key)") == true, "\(error?.description ?? "")")
  }

  @Test(
    "https everywhere, http on this machine alone",
    arguments: [
      ("https://a.b/c", true), ("HTTPS://A.b:8443/c", true), ("http://localhost:80/c", true),
      ("http://127.0.0.1/c", true),
      ("http://127.1.2.3:9/c", true), ("http://[::1]:80/c", true), ("http://a.b/c", false),
      ("http://127.0.0.1.a.b/c", false), ("http://localhost.a.b/c", false), ("http://127.0.0.1@a.b/c", false),
      ("http://127.0.0.1\\@a.b/c", false), ("http://127.0.0.1:80@a.b/c", false), ("http://0.0.0.0/c", false),
      ("http://[::2]/c", false), ("http://[::1]a/c", false), ("http://127.0.0.1:99999/c", false),
      ("//127.0.0.1/c", false),
      ("https:///c", false), ("https:a.b/c", false), ("https://a b/c", false), ("", false), (":", false),
    ])
  func addresses(_ text: String, _ isAllowed: Bool) {
    #expect((WeightsAddress(text) != nil) == isAllowed)
  }

  @Test("what the zoo publishes can be verified, has a source, and no license that asks for the program's source")
  func zoo() {
    for configuration in Zoo.all {
      for weights in configuration.weights {
        // The hands' file has seven digits in its name, one too few to tell which they are. PaddleDetection publishes none.
        let isUnverified =
          configuration.name == "rtmpose_m_hand_256x256" || weights.source?.hasPrefix("PaddlePaddle/") == true
        #expect(weights.digits != nil || weights.addresses.isEmpty || isUnverified, "\(configuration.name)")
        #expect(weights.source != nil && weights.licence?.contains("GPL") != true, "\(configuration.name)")
        // MMPose puts the digits into the names.
        if let digits = weights.digits { #expect(weights.fileName.contains(digits), "\(configuration.name)") }
      }
    }
    #expect(Zoo.all.filter { !$0.weights.isEmpty }.count == 150)
    #expect(Zoo.all.flatMap(\.weights).filter { !$0.addresses.isEmpty }.count == 173)
  }
}
