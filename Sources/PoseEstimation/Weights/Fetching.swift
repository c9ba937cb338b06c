import CTransfer
import PoseConfiguration
import PoseFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension ModelStore {
  /// Fetches a file from the first address that has it, verifies it, and puts it in its place.
  func fetchedFile(
    _ weights: PublishedWeights, of configuration: ModelConfiguration, report: @escaping (Event) -> Void
  ) throws -> File {
    let path = path(of: weights, for: configuration)
    if weights.addresses.isEmpty {
      throw StoreError.needsBrowser(configuration: configuration.name, page: weights.urls.first ?? "", path: path)
    }
    if isOffline { throw StoreError.offline(file: weights.fileName, path: path) }
    guard weights.digits != nil || acceptsUnverified else {
      throw StoreError.unverified(configuration: configuration.name, file: weights.fileName)
    }
    let addresses = try mirrorAddress(weights, configuration) + weights.addresses
    do {
      let partial = try PartialFile(path + ".part") { report(.waiting(file: weights.fileName)) }
      // The one that was waited for may have fetched it.
      if let file = try storedFile(weights, of: configuration) {
        partial.remove()
        return file
      }
      do {
        let digest = try fetch(weights, from: addresses, into: partial, path: path, report: report)
        Self.removeRecord(of: path)
        try partial.move(to: path)
        Self.record(digest, of: path)
        let file = File(path: path, weights: weights, bytes: partial.count, sha256: digest)
        report(.fetched(file))
        return file
      } catch {
        // Where bytes are kept, the next try goes on from them.
        if case StoreError.notFetched(_, _, _, let kept) = error, kept > 0 { throw error }
        partial.remove()
        throw error
      }
    } catch let error as FileError {
      throw StoreError.file(error)
    }
  }

  private func mirrorAddress(
    _ weights: PublishedWeights, _ configuration: ModelConfiguration
  ) throws -> [WeightsAddress] {
    guard let mirror else { return [] }
    let folder = Self.folderName(of: configuration)
    guard let address = WeightsAddress(mirror)?.appending(folder, weights.fileName) else {
      throw StoreError.badMirror(mirror)
    }
    return [address]
  }

  /// - Returns: the SHA-256 of the complete file.
  private func fetch(
    _ weights: PublishedWeights, from addresses: [WeightsAddress], into partial: PartialFile, path: String,
    report: @escaping (Event) -> Void
  ) throws -> String {
    // A process may have ended just before it moved the complete file.
    if let digits = weights.digits, partial.count > 0 {
      let digest = try SHA256.digest(ofFile: path + ".part")
      if digest.hasPrefix(digits) { return digest }
    }
    var failures: [TransferFailure] = []
    for address in addresses {
      if let failure = failures.last { report(.failed(failure)) }
      do {
        return try receive(weights, from: address, into: partial, path: path, report: report)
      } catch let failure as TransferFailure {
        failures.append(failure)
      }
    }
    // Only bytes that can be verified once the file is complete are worth keeping.
    let kept = weights.digits != nil ? partial.count : 0
    throw StoreError.notFetched(file: weights.fileName, path: path, failures, kept: kept)
  }

  /// Fetches a file from one address, going on where a connection breaks.
  private func receive(
    _ weights: PublishedWeights, from address: WeightsAddress, into partial: PartialFile, path: String,
    report: @escaping (Event) -> Void
  ) throws -> String {
    // What cannot be verified must be of one piece.
    if weights.digits == nil { try partial.clear() }
    var isOfPieces = partial.count > 0
    var (triesLeft, most) = (patience.tries, partial.count)
    while true {
      report(.connecting(file: weights.fileName, host: address.host, offset: partial.count))
      let start = partial.count
      do {
        try request(weights, from: address, into: partial, path: path, report: report)
        if let failure = try Self.flaw(in: partial, path: path) {
          throw TransferFailure(address: address.text, reason: failure)
        }
        let digest = try SHA256.digest(ofFile: path + ".part")
        guard let digits = weights.digits, !digest.hasPrefix(digits) else { return digest }
        throw TransferFailure(address: address.text, reason: .wrongDigest(expected: digits, found: digest))
      } catch let failure as TransferFailure {
        switch failure.reason {
        case .broken, .stalled:
          // Bytes that are new count as progress, so that a large file comes over a bad line.
          triesLeft = partial.count > most && weights.digits != nil ? patience.tries : triesLeft - 1
          most = max(most, partial.count)
          guard triesLeft > 0 else { throw failure }
          report(.failed(failure))
          usleep(UInt32(patience.pause / .microseconds(1)))
          if weights.digits == nil { try partial.clear() }
          isOfPieces = isOfPieces || partial.count > 0
        case .wrongDigest where isOfPieces && start > 0:
          // The pieces may be of different files: once more as a whole.
          report(.failed(failure))
          try partial.clear()
          isOfPieces = false
        case .page, .wrongDigest, .wrongSize, .tooLarge:
          try partial.clear()
          throw failure
        default: throw failure
        }
      }
    }
  }

  /// Why a complete file cannot be weights.
  private static func flaw(in partial: PartialFile, path: String) throws -> TransferFailure.Reason? {
    if partial.count == 0 { return .other("the server sent an empty file") }
    let head = String(decoding: partial.head(256), as: UTF8.self).drop(while: \.isWhitespace).lowercased()
    return ["<!doctype", "<html", "<head", "<?xml"].contains(where: head.hasPrefix) ? .page : nil
  }

  /// Makes one request and follows its redirects, until the file is complete.
  private func request(
    _ weights: PublishedWeights, from address: WeightsAddress, into partial: PartialFile, path: String,
    report: @escaping (Event) -> Void
  ) throws {
    var current = address
    for _ in 0..<10 {
      let (start, room) = (partial.count, freeBytes(folder))
      let reception = Reception(
        partial, from: address, expected: weights.bytes, room: room, path: path, report: report)
      let end = HTTPTransfer.get(current, from: start, patience, into: reception)
      if end.status == CTRANSFER_NO_LIBRARY { throw StoreError.noLibrary("libcurl", package: "libcurl4") }
      if end.status == CTRANSFER_DONE { reception.begin() }
      if let failure = reception.failure { throw failure }
      switch reception.status {
      case 300..<400:
        // Neither a file of this machine nor what others on the way can read.
        guard let redirect = end.redirect.map(WeightsAddress.init), let redirect, redirect.scheme == address.scheme
        else {
          throw TransferFailure(address: address.text, reason: .redirect(to: end.redirect ?? "no address"))
        }
        current = redirect
      case 416 where start > 0, 206 where reception.isMisplaced:
        try partial.clear()
      case 200, 206:
        guard end.status == CTRANSFER_DONE, reception.isComplete else {
          throw TransferFailure(address: address.text, reason: reason(of: end, host: current.host))
        }
        return
      case 0, 100..<200: throw TransferFailure(address: address.text, reason: reason(of: end, host: current.host))
      default: throw TransferFailure(address: address.text, reason: .status(reception.status))
      }
    }
    throw TransferFailure(address: address.text, reason: .tooManyRedirects)
  }

  private func reason(of end: HTTPTransfer.End, host: String) -> TransferFailure.Reason {
    switch end.status {
    case CTRANSFER_NO_HOST: .noHost(host)
    case CTRANSFER_NO_CONNECTION: .noConnection(end.message)
    case CTRANSFER_UNTRUSTED: .untrusted(end.message)
    case CTRANSFER_STALLED: .stalled
    case CTRANSFER_DONE, CTRANSFER_BROKEN, CTRANSFER_STOPPED: .broken(end.message)
    default: .other(end.message)
    }
  }
}
