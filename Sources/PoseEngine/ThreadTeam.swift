import Synchronization

/// Something that a team does together: every member runs every step's own part and meets the others between steps.
///
/// Which parts there are depends on how many only, and no result on that.
protocol TeamWork: AnyObject {
  func run(part: Int, of parts: Int, meeting: () -> Void)
}

/// The threads that one engine runs on: the caller's, and others that it borrows for each run.
///
/// One run at a time is a team's; a caller that comes meanwhile works alone.
final class ThreadTeam: Sendable {
  /// The most threads of a run, the caller's among them.
  let count: Int

  private let pool: ThreadPool
  private let meeting: Meeting
  private let isBusy = Atomic<Bool>(false)
  private let size: Size

  init(count: Int, pool: ThreadPool = .shared) {
    self.count = max(count, 1)
    self.pool = pool
    meeting = Meeting(count: self.count)
    size = Size(count: self.count)
  }

  /// Runs the work on as many members as pays, and returns when it is done.
  func run(_ work: some TeamWork) {
    guard !isBusy.exchange(true, ordering: .acquiring) else {
      _ = pool.run(work, members: 1, meeting: meeting)
      return
    }
    let start = nanoseconds()
    let result = pool.run(work, members: size.members, meeting: meeting)
    size.note(members: result.members, waited: result.waited, elapsed: nanoseconds() - start)
    isBusy.store(false, ordering: .releasing)
  }
}

/// How many members pay: fewer while other processes hold processors.
///
/// A member that shares its processor keeps all others waiting. Of n members, the one too many is worth an nth of the
/// time; where the others wait for longer than that, they are faster without it.
private final class Size: @unchecked Sendable {
  // Used by one run at a time.
  private(set) var members: Int

  private let count: Int
  /// What waiting has cost beyond what a member is worth, since the last decision.
  private var loss = 0
  private var observed = 0
  /// Decisions before a larger team is tried again, and those left.
  private var patience = 2
  private var left = 0

  /// Nanoseconds between decisions, some time slices of a kernel.
  private static let period = 10_000_000

  init(count: Int) {
    self.count = count
    members = count
  }

  func note(members used: Int, waited: Int, elapsed: Int) {
    loss += waited * used - (used - 1) * elapsed
    observed += elapsed
    guard observed > Self.period else { return }
    if loss > 0, used > 1 {
      members = used - 1
      patience = min(patience * 4, 32)
      left = patience
    } else if members < count {
      left -= 1
      if left <= 0 {
        members += 1
        patience = max(patience / 2, 2)
        left = patience
      }
    }
    (loss, observed) = (0, 0)
  }
}
