/// The boxes that YOLO-Pose's heads start from and its outputs are read by, as published (Maji et al., CVPRW 2022).
package enum YOLOPoseAnchors {
  /// Widths and heights of each level's anchors in pixels of the input, the finest level first.
  package static let sides = [
    [19, 27, 44, 40, 38, 94], [96, 68, 86, 152, 180, 137], [140, 301, 303, 264, 238, 542],
    [436, 615, 739, 380, 925, 792],
  ]
}
