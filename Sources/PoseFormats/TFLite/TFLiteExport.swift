#if canImport(CFlatBuffers)
  import PoseGraph

  extension Graph {
    /// The network and its weights as the bytes of a TensorFlow Lite file, for a batch of a fixed size.
    ///
    /// Inputs and outputs of four axes, pictures and heatmaps, have their channels last, `N x H x W x C`, as is usual there;
    /// others have the axes of the network's ports. They are named by the ports, in the one signature `serving_default` too.
    /// Batch norms are folded into the convolutions before them, and ReLUs are part of the operators before them where these
    /// can have one. All operators are TensorFlow Lite's own. The checkpoint's metadata is the model's metadata `swift-pose`, as
    /// JSON.
    ///
    /// - Parameters:
    ///   - batch: how many pictures the network takes at a time.
    ///   - precision: what weights are kept in. The network computes with float32 in any case.
    /// - Throws: ``CheckpointMismatch`` if the weights belong to another network, and ``TFLiteError`` if TensorFlow Lite cannot
    ///   represent the network.
    public func tfLite(
      _ checkpoint: Checkpoint, batch: Int = 1, precision: Checkpoint.FloatType = .float32
    ) throws -> [UInt8] {
      try check(checkpoint)
      guard TFLiteFormat.batches.contains(batch) else { throw TFLiteError.batch(batch) }
      var model = try TFLiteGraphWriter(self, checkpoint, batch: batch, precision: precision).written()
      model.description = "\(name), written by \(TFLiteFormat.author)"
      model.metadata = checkpoint.metadata
      return try model.bytes()
    }
  }
#endif
