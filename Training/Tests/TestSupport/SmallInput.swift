import PoseConfiguration
import PoseCore

extension ModelConfiguration {
  /// The same network for the smallest of a few inputs that it can have: all of its layers, on few pixels.
  public var withSmallInput: ModelConfiguration {
    for input in [Size(64), Size(height: 128, width: 96)] {
      var small = self
      small.model.input = input
      if (try? small.graph()) != nil { return small }
    }
    return self
  }
}
