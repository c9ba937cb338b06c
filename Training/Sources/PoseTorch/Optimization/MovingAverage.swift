import Foundation
import PoseGraph

/// An exponential moving average of a network's weights, which often test better than the last ones (Polyak and
/// Juditsky, 1992). Counters are the network's own, and so are running statistics unless they are to be averaged, too.
public final class MovingAverage {
  /// How far the average moves towards the weights each step.
  public let momentum: Double
  /// Steps over which larger momenta fade; nil for none (`ExpMomentumEMA`).
  public let fade: Double?
  public private(set) var steps = 0

  private let network: TrainableNetwork
  private let parameters: [TrainableNetwork.NamedParameter]
  private let averages: [TorchTensor]

  /// The averages of running statistics, of which each process has its own; empty where they are the network's.
  public var statistics: [TorchTensor] { zip(parameters, averages).filter { !$0.0.isTrainable }.map(\.1) }

  /// - Parameter averagesStatistics: whether running statistics are averaged as weights are (MMEngine's `update_buffers`).
  public init(
    of network: TrainableNetwork, momentum: Double = 0.0002, fade: Double? = nil, averagesStatistics: Bool = false
  ) throws(LibTorchError) {
    self.network = network
    self.momentum = momentum
    self.fade = fade
    parameters = network.parameters.filter { parameter in
      parameter.isTrainable || (averagesStatistics && parameter.name.contains(".running_"))
    }
    var averages: [TorchTensor] = []
    for parameter in parameters { averages.append(try ATen.clone(parameter.tensor.detached())) }
    self.averages = averages
  }

  /// Moves the average towards the present weights.
  public func update() throws(LibTorchError) {
    let momentum = fade.map { (1 - self.momentum) * exp(-Double(1 + steps) / $0) + self.momentum } ?? self.momentum
    try withoutGradients { () throws(LibTorchError) in
      try ATen.lerpEach(averages, parameters.map(\.tensor), weight: momentum)
    }
    steps += 1
  }

  /// The network with averaged weights.
  public func checkpoint() throws(LibTorchError) -> Checkpoint {
    var checkpoint = try network.checkpoint()
    for (parameter, average) in zip(parameters, averages) {
      checkpoint[parameter.name] = try average.to(.float32).tensor()
    }
    return checkpoint
  }

  /// Goes on from averages that ``checkpoint()`` gave after so many steps.
  public func restore(_ checkpoint: Checkpoint, steps: Int) throws {
    try network.graph.check(checkpoint)
    for (parameter, average) in zip(parameters, averages) {
      if let saved = checkpoint[parameter.name] {
        try ATen.copyInPlace(average, TorchTensor(saved), nonBlocking: false)
      }
    }
    self.steps = steps
  }
}
