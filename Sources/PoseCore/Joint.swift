extension Joint {
  public static let nose: Joint = "nose"
  public static let leftEye: Joint = "left_eye"
  public static let rightEye: Joint = "right_eye"
  public static let leftEar: Joint = "left_ear"
  public static let rightEar: Joint = "right_ear"
  public static let leftShoulder: Joint = "left_shoulder"
  public static let rightShoulder: Joint = "right_shoulder"
  public static let leftElbow: Joint = "left_elbow"
  public static let rightElbow: Joint = "right_elbow"
  public static let leftWrist: Joint = "left_wrist"
  public static let rightWrist: Joint = "right_wrist"
  public static let leftHip: Joint = "left_hip"
  public static let rightHip: Joint = "right_hip"
  public static let leftKnee: Joint = "left_knee"
  public static let rightKnee: Joint = "right_knee"
  public static let leftAnkle: Joint = "left_ankle"
  public static let rightAnkle: Joint = "right_ankle"
  public static let pelvis: Joint = "pelvis"
  public static let thorax: Joint = "thorax"
  public static let neck: Joint = "neck"
  public static let topHead: Joint = "top_head"

  /// The side of the body, which drawings colour by.
  public enum Side: Sendable, Hashable { case left, right, middle }

  public var side: Side {
    rawValue.hasPrefix("left") ? .left : rawValue.hasPrefix("right") ? .right : .middle
  }
}
