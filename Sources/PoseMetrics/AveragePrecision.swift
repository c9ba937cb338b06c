/// A predicted joint, and whether the prediction is right.
struct JointPrediction: Sendable {
  var score: Double
  var isRight: Bool
}

/// Average precision in percent, as Pascal VOC 2010 integrates it: the area below the curve that gives, for each
/// recall, the highest precision at that recall or a higher one. It is 0 if there are no predictions, and NaN if there
/// are predictions but no annotations.
func averagePrecision(_ predictions: [JointPrediction], annotated: Int) -> Double {
  if predictions.isEmpty { return 0 }
  if annotated == 0 { return .nan }
  // The published tool sorts in ascending order and then reverses, so that of equal scores the last comes first.
  let order = predictions.indices.sorted {
    predictions[$0].score != predictions[$1].score ? predictions[$0].score > predictions[$1].score : $0 > $1
  }
  var (right, recalls, precisions) = (0, [0.0], [0.0])
  for (index, prediction) in order.enumerated() {
    right += predictions[prediction].isRight ? 1 : 0
    recalls.append(Double(right) / Double(annotated))
    precisions.append(Double(right) / Double(index + 1))
  }
  recalls.append(1)
  precisions.append(0)
  for index in precisions.indices.dropLast().reversed() {
    precisions[index] = max(precisions[index], precisions[index + 1])
  }
  let steps = recalls.indices.dropFirst().filter { recalls[$0] != recalls[$0 - 1] }
  return pairwiseSum(steps.map { (recalls[$0] - recalls[$0 - 1]) * precisions[$0] }) * 100
}
