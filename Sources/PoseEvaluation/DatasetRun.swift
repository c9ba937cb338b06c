import Dispatch
import PoseCodecs
import PoseCore
import PoseData
import PoseEstimation
import PoseFormats
import PoseImage
import PoseMedia
import Synchronization

/// A network's keypoints for the people of a dataset.
public struct DatasetRun: Sendable {
  public let dataset: Dataset
  /// In the order of the dataset's people, without those of other shards and of pictures that could not be read.
  public private(set) var estimates: [Estimate] = []
  /// What could not be used.
  public private(set) var problems = DatasetProblems()

  /// What a network found for a person.
  public struct Estimate: Sendable, Codable {
    /// The index in ``Dataset/people``.
    public var person: Int
    public var crop: CropGeometry
    /// In pixels of the picture.
    public var keypoints: [Keypoint]
  }

  /// Estimates everybody, pictures side by side.
  ///
  /// - Parameters:
  ///   - estimator: should use one thread a picture, as these run side by side.
  ///   - threads: pictures at once.
  ///   - bad: what happens to pictures that cannot be read.
  ///   - progress: is told of every picture that is done, on any thread.
  /// - Throws: ``DatasetProblem`` where `bad` refuses one, and what the estimator throws.
  public init(
    _ estimator: PoseEstimator, _ dataset: Dataset, shard: Shard = .whole, threads: Int, decoding: Decoding = .exact,
    bad: BadRecords = .skip, progress: @escaping @Sendable () -> Void = {}
  ) throws {
    self.dataset = dataset
    let work = Dictionary(grouping: dataset.people.indices) { dataset.people[$0].picture }.sorted { $0.key < $1.key }
      .filter { shard.contains($0.key) }
    let next = Atomic(0)
    let outcomes = Mutex<[Int: Outcome]>([:])
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, work.count))) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < work.count else { return }
        let outcome = Outcome(of: work[index].value, work[index].key, dataset, estimator, decoding)
        outcomes.withLock { $0[index] = outcome }
        if outcome.stops(bad) { next.store(work.count, ordering: .relaxed) }
        progress()
      }
    }
    for (_, outcome) in outcomes.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      switch outcome {
      case .estimates(let found): estimates += found
      case .unreadable(let problem): try problems.append(problem, bad)
      case .failure(let error): throw error
      }
    }
    estimates.sort { $0.person < $1.person }
  }

  /// Adds what other processes found in their shards.
  public mutating func add(_ others: [Estimate]) {
    estimates += others.filter { dataset.people.indices.contains($0.person) }
    estimates.sort { $0.person < $1.person }
  }

  private enum Outcome: Sendable {
    case estimates([Estimate])
    case unreadable(DatasetProblem)
    case failure(any Error)

    init(of people: [Int], _ picture: Int, _ dataset: Dataset, _ estimator: PoseEstimator, _ decoding: Decoding) {
      let configuration = estimator.configuration
      let crops = people.map {
        dataset.crop(
          of: dataset.people[$0], input: configuration.model.input, padding: configuration.image.padding)
      }
      let path = dataset.pictures[picture].path
      do {
        let poses = estimator.refinesPoses ? people.map { dataset.pose(of: dataset.people[$0]) } : []
        let keypoints = try estimator.keypoints(
          in: EncodedImage(contentsOf: path), crops: crops, refining: poses, decoding: decoding)
        self = .estimates(
          people.indices.map { Estimate(person: people[$0], crop: crops[$0], keypoints: keypoints[$0]) })
      } catch let error as MediaError {
        self = .unreadable(.unreadablePicture(path: path, reason: "\(error)"))
      } catch {
        self = .failure(error)
      }
    }

    func stops(_ bad: BadRecords) -> Bool {
      switch self {
      case .estimates: false
      case .unreadable: bad == .refuse
      case .failure: true
      }
    }
  }
}

extension Dataset {
  /// A person's joints as a network that refines them begins with them.
  fileprivate func pose(of person: Person) -> [LabelledKeypoint] {
    keypoints(of: person).map { LabelledKeypoint(position: $0.position, isLabelled: $0.isLabelled) }
  }
}
