/// A video of drawn people whose joints are known.
///
/// ```swift
/// let stage = Stage(pillars: [Pillar(x: 0, z: 0.6, width: 1.4)])
/// let video = RenderedVideo(actors: actors, on: stage, seconds: 5)
/// for index in 0..<video.count { write(video.frame(index).pixels) }
/// ```
public struct RenderedVideo: Sendable {
  /// Whether a joint can be seen.
  public enum Visibility: Sendable {
    case seen
    /// Behind another part of the same body.
    case behindOwnBody
    /// Behind somebody else or a pillar.
    case hidden
    /// Outside the picture.
    case outside
  }

  /// A person of a frame, seen or not.
  public struct Person: Sendable {
    /// COCO's 17 joints, in pixels.
    public let joints: [(position: SIMD2<Float>, visibility: Visibility)]
    /// Around all of the person, also what is hidden or outside: the top left and the bottom right corner, in pixels.
    public let bounds: (lowest: SIMD2<Float>, highest: SIMD2<Float>)
  }

  public struct Frame: Sendable {
    /// In seconds.
    public let time: Double
    /// 8-bit RGB, row by row.
    public let pixels: [UInt8]
    /// The actors in their order.
    public let people: [Person]
  }

  public var width: Int { stage.camera.width }
  public var height: Int { stage.camera.height }
  /// How many frames there are.
  public let count: Int
  private let rate: Double
  private let actors: [Actor]
  private let stage: Stage

  /// - Parameters:
  ///   - seconds: how long it is.
  ///   - rate: frames a second.
  public init(actors: [Actor], on stage: Stage, seconds: Double, rate: Double = 10) {
    (self.actors, self.stage, self.rate) = (actors, stage, rate)
    count = max(1, Int((seconds * rate).rounded()))
  }

  /// Draws a frame.
  public func frame(_ index: Int) -> Frame {
    let time = Double(index) / rate
    let figures = actors.map { $0.figure(at: time) }
    var camera = stage.camera
    camera.scene.figures = figures
    let people = figures.enumerated().map { number, figure in
      Person(
        joints: figure.joints.map { joint in
          let place = camera.pixel(joint)
          let isInside = place.x >= 0 && place.y >= 0 && place.x < Float(width) && place.y < Float(height)
          return (place, isInside ? visibility(camera.surface(before: joint), of: number) : .outside)
        },
        bounds: camera.bounds(of: figure))
    }
    return Frame(time: time, pixels: stage.pixels(of: figures), people: people)
  }

  private func visibility(_ surface: Scene.Surface?, of number: Int) -> Visibility {
    switch surface {
    case nil: .seen
    case .figure(number, _)?: .behindOwnBody
    default: .hidden
    }
  }
}
