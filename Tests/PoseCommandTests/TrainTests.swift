import Foundation
import TestSupport
import Testing

struct TrainTests {
  @Test("training is handed over to pose-train beside pose, with all that it was given")
  func handsOver() throws {
    let folder = try ScratchFolder("train").url
    let pose = folder.appending(path: "pose")
    try FileManager.default.copyItem(at: Command.executable.resolvingSymlinksInPath(), to: pose)

    let missing = try Command(pose, ["train", "litehrnet_18_coco_256x192"], path: folder.path)
    #expect(missing.code == 65)
    #expect(missing.errors.contains("make train"))

    let script = folder.appending(path: "pose-train")
    try "#!/bin/sh\necho \"$@\"\nexit 7\n".write(to: script, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
    let found = try Command(pose, ["train", "--help", "x", "--set", "a=b c"])
    #expect(found.code == 7)
    #expect(found.output == "--help x --set a=b c\n")
  }
}
