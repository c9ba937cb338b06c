import Foundation
import PoseCore
import PoseData
import PoseImage
import PoseMedia
import TestSupport
import Testing

struct MaskDatasetTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder("masks") }

  /// Writes a mask of one row.
  private func write(_ labels: [UInt8], _ path: String) throws {
    try make(path)
    try SegmentationMask(size: Size(height: 1, width: labels.count), labels: labels).write(to: folder.path + "/" + path)
  }

  /// Writes a file that is there and is not read.
  private func touch(_ path: String, _ text: String = "x") throws {
    try make(path)
    try Data(text.utf8).write(to: folder.url.appending(path: path))
  }

  private func make(_ path: String) throws {
    let parent = folder.url.appending(path: path).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
  }

  private static let classes = SegmentationClasses.cityscapes.classes

  @Test("Cityscapes by its training numbers")
  func trainingNumbers() throws {
    try touch("leftImg8bit/val/b/b_1_2_leftImg8bit.png")
    try touch("leftImg8bit/val/a/a_1_2_leftImg8bit.png")
    for name in ["b/b_1_2", "a/a_1_2"] {
      try write([0, 18, 255], "gtFine/val/\(name)_gtFine_labelTrainIds.png")
      // These are for other purposes, or the same labels by other numbers.
      try write([7, 33, 1], "gtFine/val/\(name)_gtFine_labelIds.png")
      try touch("gtFine/val/\(name)_gtFine_color.png")
      try touch("gtFine/val/\(name)_gtFine_instanceIds.png")
    }
    let dataset = try MaskDataset(.cityscapes, at: folder.path, part: "val", classes: Self.classes)
    #expect(
      dataset.entries.map(\.picture)
        == ["a", "b"].map { "\(folder.path)/leftImg8bit/val/\($0)/\($0)_1_2_leftImg8bit.png" })
    #expect(try dataset.entries.map { try dataset.mask(of: $0).labels } == [[0, 18, 255], [0, 18, 255]])
  }

  @Test("Cityscapes by its own numbers, of which 19 count")
  func ownNumbers() throws {
    try touch("leftImg8bit/train/a/a_1_2_leftImg8bit.png")
    try write([0, 7, 8, 9, 11, 29, 33, 255], "gtFine/train/a/a_1_2_gtFine_labelIds.png")
    let dataset = try MaskDataset(.cityscapes, at: folder.path, classes: Self.classes)
    #expect(try dataset.mask(of: dataset.entries[0]).labels == [255, 0, 1, 255, 2, 255, 18, 255])
  }

  @Test("PASCAL VOC by its list")
  func voc() throws {
    try touch("ImageSets/Segmentation/val.txt", "2007_000033\r\n2007_000042\n\n")
    try write([0, 20, 255], "SegmentationClass/2007_000033.png")
    let dataset = try MaskDataset(.voc, at: folder.path, part: "val", classes: SegmentationClasses.voc.classes)
    #expect(dataset.entries.map(\.picture) == ["33", "42"].map { "\(folder.path)/JPEGImages/2007_0000\($0).jpg" })
    #expect(try dataset.mask(of: dataset.entries[0]).labels == [0, 20, 255])
    #expect(throws: MediaError.self) { try dataset.mask(of: dataset.entries[1]) }
  }

  @Test(
    "lists that are none are refused",
    arguments: ["", "../../etc/passwd\n", "a b/c\n", "a\na\n", String(repeating: "a", count: 201)])
  func badLists(_ text: String) throws {
    try touch("ImageSets/Segmentation/train.txt", text)
    #expect(throws: (any Error).self) { try MaskDataset(.voc, at: folder.path, classes: ["a"]) }
  }

  @Test("folders of pictures and masks with the same names")
  func folders() throws {
    for name in [
      "pictures/one.jpg", "pictures/two.PNG", "pictures/below/three.webp", "pictures/without.jpg",
      "pictures/.hidden.jpg",
    ] {
      try touch(name)
    }
    for name in ["one", "two", "three"] { try write([0, 1], "masks/\(name).png") }
    let dataset = try MaskDataset(.folder, at: folder.path, classes: ["background", "person"])
    #expect(dataset.entries.map(\.picture.fileName) == ["one.jpg", "three.webp", "two.PNG"])
    let mask = try dataset.mask(of: dataset.entries[0])
    #expect(mask.labels == [0, 1] && mask.classes == ["background", "person"])
  }

  @Test("a mask without a picture, and two files of one name, are refused with their names")
  func refusesFolders() throws {
    try touch("pictures/one.jpg")
    try write([0], "masks/one.png")
    try write([0], "masks/two.png")
    let missing = #expect(throws: MaskError.self) { try MaskDataset(.folder, at: folder.path, classes: ["a"]) }
    #expect(missing?.description.contains("'two'") == true)
    try touch("pictures/two.jpg")
    try touch("pictures/two.png")
    let repeated = #expect(throws: MaskError.self) { try MaskDataset(.folder, at: folder.path, classes: ["a"]) }
    #expect(repeated?.description.contains("two.jpg") == true && repeated?.description.contains("two.png") == true)
  }

  @Test("folders that are not there, or are empty, are refused", arguments: MaskDataset.Layout.allCases)
  func noFolders(_ layout: MaskDataset.Layout) throws {
    #expect(throws: (any Error).self) { try MaskDataset(layout, at: folder.path, classes: ["a"]) }
    for name in ["pictures", "masks", "leftImg8bit/train", "gtFine/train"] { try make(name + "/x") }
    #expect(throws: (any Error).self) { try MaskDataset(layout, at: folder.path, classes: ["a"]) }
  }

  @Test("a label of no class is refused with the file and the label")
  func unknownLabels() throws {
    try touch("pictures/one.jpg")
    try write([0, 2, 255], "masks/one.png")
    let dataset = try MaskDataset(.folder, at: folder.path, classes: ["background", "person"])
    let error = #expect(throws: MaskError.self) { try dataset.mask(of: dataset.entries[0]) }
    #expect(error?.description.contains("one.png' has the label 2") == true)
  }

  @Test("links that lead back are not followed twice")
  func loops() throws {
    try touch("pictures/one.jpg")
    try write([0], "masks/one.png")
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "masks/again"), withDestinationURL: folder.url.appending(path: "masks"))
    #expect(try MaskDataset(.folder, at: folder.path, classes: ["a"]).entries.count == 1)
  }

  @Test("a file in place of a folder is told from one that is missing")
  func noFolder() throws {
    try touch("file")
    func message(_ path: String) -> String? {
      #expect(throws: MaskError.self) { try MaskFolder("\(folder.path)/\(path)", endings: [".png"]) }?.description
    }
    #expect(message("file")?.contains("is a file") == true)
    #expect(message("missing")?.contains("does not exist") == true)
  }
}

extension String {
  fileprivate var fileName: String { split(separator: "/").last.map(String.init) ?? self }
}
