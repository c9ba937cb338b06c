import Testing
@testable import PoseVideo
@Test func demo() throws {
  let v = try VideoReader("/work/shared/data/samples/demo.mp4")
  print("T", v.information)
  var n = 0, last = 0.0
  while let f = try v.next() { n += 1; last = f.time }
  print("T", n, last, v.damagedFrames)
}
