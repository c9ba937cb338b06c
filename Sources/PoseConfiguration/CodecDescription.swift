import PoseCodecs
import PoseCore

/// The `codec` section: how a network's outputs are read, and what a network learns to give, by the name that both share.
///
/// The name alone, or with settings that differ from the catalogues' entries of that name:
/// `codec: { name: udp, kernel: 11, sigma: 2 }`. The settings are the stored properties of the decoder and of the target.
public struct CodecDescription: Sendable {
  /// A name of ``DecoderCatalogue``: `udp`.
  public let name: String
  /// How a network's outputs become results.
  public let decoder: any OutputDecoder
  /// What a network of this codec learns; nil where nothing is known to learn.
  public let target: (any Target)?
  /// All settings of the decoder and of the target.
  private let settings: [String: ConfigurationValue]

  /// The default of most published networks: the peak, moved a quarter of a pixel.
  public init() {
    (name, decoder, target) = ("default", QuarterShiftDecoder(), MSRATarget())
    settings = (try? Self.settings(of: MSRATarget())) ?? [:]
  }

  /// - Parameters:
  ///   - settings: those that differ from the catalogues' entries.
  ///   - others: settings that are left out rather than refused where neither the decoder nor the target has them.
  /// - Throws: ``PartError`` for a name or a setting that is not there, and for a value that makes no sense.
  public init(
    _ name: String, _ settings: [String: ConfigurationValue] = [:], ignoring others: Set<String> = []
  ) throws(PartError) {
    guard let decoder = DecoderCatalogue.decoder(named: name) else {
      throw .unknown(name, at: ["name"], known: DecoderCatalogue.names)
    }
    let target = TargetCatalogue.target(named: name)
    let read = try Self.settings(of: decoder)
    let written = if let target { try Self.settings(of: target) } else { [String: ConfigurationValue]() }
    let known = Set(read.keys).union(written.keys)
    if let stranger = Set(settings.keys).subtracting(known).subtracting(others).min() {
      throw .unknown(stranger, at: [stranger], known: known.sorted())
    }
    func resolved<Part>(_ part: Part, _ keys: Dictionary<String, ConfigurationValue>.Keys) throws(PartError) -> Part {
      try PartDescription(name, settings.filter { keys.contains($0.key) }).part(
        in: [name: part], largest: 1_000_000)
    }
    self.name = name
    self.decoder = try resolved(decoder, read.keys)
    self.target = if let target { try resolved(target, written.keys) } else { nil }
    if let fault = self.decoder.invalidSetting {
      throw PartError(path: [fault.key], problem: .invalid(fault.reason))
    }
    do throws(TargetError) {
      _ = try self.target?.ports(for: TargetGrid(joints: 1, input: 256, maps: 64))
    } catch {
      throw PartError(path: [], problem: .invalid(error.description))
    }
    var all = try Self.settings(of: self.decoder)
    if let target = self.target { all.merge(try Self.settings(of: target)) { first, _ in first } }
    self.settings = all
  }

  private static func settings(of part: any Encodable) throws(PartError) -> [String: ConfigurationValue] {
    guard case .section(let settings) = try ConfigurationValue(encoding: part) else { return [:] }
    return settings
  }

  /// Another decoder of the same kind of result by name, with this codec's settings as far as it has them.
  ///
  /// - Throws: ``PartError`` where there is no such decoder.
  public func decoder(named name: String) throws(PartError) -> any OutputDecoder {
    try CodecDescription(name, settings, ignoring: Set(settings.keys)).decoder
  }
}

extension CodecDescription: Hashable {
  public static func == (a: CodecDescription, b: CodecDescription) -> Bool {
    a.name == b.name && a.settings == b.settings
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(settings)
  }
}

extension CodecDescription: Codable {
  /// The settings that every codec had in model files of former versions.
  private static let formerSettings: Set = ["kernel", "sigma", "split_ratio", "score"]

  public init(from decoder: any Decoder) throws {
    let part = try PartDescription(from: decoder, defaultName: "default")
    do throws(PartError) {
      self = try CodecDescription(
        part.name, part.arguments, ignoring: decoder.userInfo[.isModelFile] == nil ? [] : Self.formerSettings)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath + error.path.map { AnyKey($0) }, debugDescription: error.problem.description,
          underlyingError: error.problem))
    }
  }

  public func encode(to encoder: any Encoder) throws { try PartDescription(name, settings).encode(to: encoder) }
}
