/// What cheap cameras, bad light and strong compression do to a picture, in the order in which it happens to one: the
/// light, the optics, the sensor, the file.
package enum DegradationKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// A camera without colors: luminance of less and less contrast.
  case gray
  /// A night camera with an illuminator beside its lens: near-infrared light, brightest in the middle, of low contrast, with
  /// the noise of a high gain. This is not a thermal camera.
  case infrared
  /// A person or a camera that moves while the shutter is open.
  case blur
  /// A person who is far away, or a sensor with few pixels.
  case lowres
  /// A sensor that gets little light.
  case noise
  /// A picture or a video that is compressed to few bytes.
  case jpeg
}
