import Foundation
import TestSupport
import Testing

struct CompanionProgramTests {
  @Test(
    "training and videos are handed over to programs beside pose, with all that was given",
    arguments: ["train", "track"])
  func handsOver(_ command: String) throws {
    let folder = try ScratchFolder(command).url
    let pose = folder.appending(path: "pose")
    try FileManager.default.copyItem(at: Command.executable.resolvingSymlinksInPath(), to: pose)

    let missing = try Command(pose, [command, "litehrnet_18_coco_256x192"], path: folder.path)
    #expect(missing.code == 65)
    #expect(missing.errors.contains(command == "train" ? "make train" : "make video"))

    let script = folder.appending(path: "pose-\(command)")
    try "#!/bin/sh\necho \"$@\"\nexit 7\n".write(to: script, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
    let found = try Command(pose, [command, "--help", "x", "--set", "a=b c"])
    #expect(found.code == 7)
    #expect(found.output == "--help x --set a=b c\n")
  }
}
