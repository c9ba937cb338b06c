import PoseData

/// How fast samples are loaded.
struct SampleTiming {
  let samples: Int
  let seconds: Double
  let threads: Int

  var perSecond: Double { Double(samples) / seconds }

  /// Loads batches until the time is up, after some that nobody times.
  init(_ source: SampleSource, seed: UInt64, threads: Int, seconds: Double) throws {
    var options = SampleLoader.Options()
    options.workers = threads
    options.batchSize = min(32, source.count)
    let loader = try SampleLoader(source, seed: seed, options: options)
    func load(for seconds: Double) throws -> (samples: Int, seconds: Double) {
      let start = ContinuousClock.now
      var count = 0
      var elapsed = 0.0
      repeat {
        count += try loader.withNextBatch { $0.count }
        elapsed = (ContinuousClock.now - start) / .seconds(1)
      } while elapsed < seconds
      return (count, elapsed)
    }
    _ = try load(for: min(1, seconds))
    (self.samples, self.seconds) = try load(for: seconds)
    self.threads = threads
  }

  var text: String {
    "\(perSecond.rounded(toPlaces: 1)) samples a second with \(threads.counted("thread")), "
      + "\((1000 * Double(threads) / perSecond).rounded(toPlaces: 3)) ms of a thread each, \(samples) samples"
  }

  /// One line, whose keys programs rely on.
  var json: String {
    "{\"samples_per_second\":\(perSecond.rounded(toPlaces: 3)),\"samples\":\(samples),"
      + "\"seconds\":\(seconds.rounded(toPlaces: 4)),\"threads\":\(threads)}"
  }
}
