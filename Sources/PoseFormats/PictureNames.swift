/// Finds pictures by file name. Two names are of one picture where the shorter is the end of the longer, folder by folder:
/// `vid1/000001.jpg` is never `vid2/000001.jpg`, and `000001.jpg` may be either. Of several the longest common end decides.
package struct PictureNames: Sendable {
  /// What a name stands for.
  package enum Match: Sendable, Hashable {
    case nothing
    /// The picture's place in the list.
    case picture(Int)
    /// Two of the pictures that it may be.
    case ambiguous(Int, Int)
  }

  private let folders: [[Substring]]
  private let byLastName: [Substring: [Int]]
  private let byNumber: [Int: [Int]]

  /// - Parameter paths: of the pictures.
  package init(_ paths: [String]) {
    let folders = paths.map(Self.parts)
    self.folders = folders
    byLastName = Dictionary(grouping: folders.indices) { folders[$0].last ?? "" }
    let numbers = paths.map(DetectionFile.number)
    byNumber = Dictionary(grouping: paths.indices.filter { numbers[$0] != nil }) { numbers[$0] ?? 0 }
  }

  /// The picture of that name.
  package func picture(named name: String) -> Match {
    let parts = Self.parts(name)
    guard let last = parts.last, let candidates = byLastName[last] else { return .nothing }
    var (best, length): (Match, Int) = (.nothing, 0)
    for candidate in candidates {
      let path = folders[candidate]
      let common = min(path.count, parts.count)
      guard path.suffix(common) == parts.suffix(common) else { continue }
      // A path that is the same to its front is nobody else's.
      let match = path.count == parts.count ? common + 1 : common
      if match > length {
        (best, length) = (.picture(candidate), match)
      } else if match == length, case .picture(let other) = best {
        best = .ambiguous(other, candidate)
      }
    }
    return best
  }

  /// The picture whose name is that number.
  package func picture(numbered number: Int) -> Match {
    guard let candidates = byNumber[number], let first = candidates.first else { return .nothing }
    return candidates.count == 1 ? .picture(first) : .ambiguous(first, candidates[1])
  }

  private static func parts(_ path: String) -> [Substring] { path.split(separator: "/").filter { $0 != "." } }
}
