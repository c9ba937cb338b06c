import PoseCore
import PoseImage

/// From a network's outputs for a region of a picture to a result, such as keypoints.
///
/// Each decoder is a file of `OutputDecoders/` with a type of the file's name; the build finds it there. Its stored
/// properties are what a configuration's `codec` section can set.
public protocol OutputDecoder<Result>: Sendable, Hashable, Codable {
  /// `[Keypoint]` for a network that sees one person, `[Pose]` or `[Detection]` for one that sees the whole picture.
  associatedtype Result: Sendable

  /// The decoders of this type under the names that the `codec` section uses.
  static var catalogue: [String: any OutputDecoder] { get }

  /// A setting that makes no sense, by its key in the `codec` section, and what it needs; nil where all do.
  var invalidSetting: (key: String, reason: String)? { get }

  /// Checks that a network has the outputs that are read, and of what shapes.
  ///
  /// - Parameters:
  ///   - ports: the shapes of the network's outputs without the batch, by name.
  ///   - skeleton: the joints that are looked for; nil for networks without joints.
  /// - Throws: ``DecoderError`` that names the outputs and what is read.
  func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError)

  /// Decodes outputs of ports that ``check(_:skeleton:)`` has accepted. Scores lie in 0...1, positions in pixels of the
  /// picture.
  func decode(_ outputs: Outputs, _ placement: Placement) -> Result
}

/// From a network's outputs for one person to the person's keypoints.
public protocol KeypointDecoder: OutputDecoder where Result == [Keypoint] {
  /// The mean of the outputs for a region and for its mirror image, as the flip test takes it.
  ///
  /// - Parameters:
  ///   - pairs: the joints that change places in the mirror.
  ///   - isShifted: moves the mirrored outputs by a cell first, which makes up for the misalignment of the standard warp.
  ///   - input: the size of the network's input.
  func merged(
    _ outputs: Outputs, withMirrored mirrored: Outputs, _ pairs: [Skeleton.Pair], isShifted: Bool, input: Size
  ) -> Outputs
}

extension OutputDecoder {
  public var invalidSetting: (key: String, reason: String)? { nil }

  /// Of decoders that blur.
  func invalidKernel(_ kernel: Int) -> (key: String, reason: String)? {
    let isSound = (1...63).contains(kernel) && kernel % 2 == 1
    return isSound ? nil : ("kernel", "needs an odd whole number in 1...63, not \(kernel)")
  }
}

/// The decoders that configurations can name.
public enum DecoderCatalogue {
  private static let decoders = embeddedOutputDecoders.reduce(into: [:]) { all, family in
    all.merge(family.catalogue) { first, _ in first }
  }

  /// The names in alphabetical order.
  public static let names = decoders.keys.sorted()

  /// The decoder of that name, or nil.
  public static func decoder(named name: String) -> (any OutputDecoder)? { decoders[name] }
}

/// Why a decoder cannot read a network's outputs.
public struct DecoderError: UserError, Hashable {
  public let reason: String

  /// - Parameters:
  ///   - port: the output that is missing or of another shape.
  ///   - needed: what the decoder reads, as `17 x height x width`.
  ///   - ports: what the network has.
  public init(port: String, needed: String, ports: [String: [Int]]) {
    let given = ports.sorted { $0.key < $1.key }
      .map { "\($0.key) of \($0.value.map(String.init).joined(separator: " x "))" }
    reason = "reads an output '\(port)' of \(needed), but the network gives \(given.joined(separator: ", "))"
  }

  public var description: String { "the codec \(reason): choose the codec that the network was trained with" }
}

extension Double {
  /// Within 0...1, where every decoder's scores lie. What is no number becomes 0 only after the outputs were checked.
  var asScore: Double { Swift.min(Swift.max(self, 0), 1) }
}
