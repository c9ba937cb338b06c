/// Gives each row of a table of costs a column of its own such that the sum of the costs is least (the Hungarian method in
/// the form of Jonker and Volgenant, Computing 1987).
///
/// - Parameter costs: finite, with at least as many columns as rows; all rows are as long as the first.
/// - Returns: the column of each row.
package func leastCostAssignment(_ costs: [[Double]]) -> [Int] {
  let (rows, columns) = (costs.count, costs.first?.count ?? 0)
  precondition(columns >= rows && costs.allSatisfy { $0.count == columns }, "\(rows) rows need as many columns")
  // Rows and columns count from 1; column 0 stands for the row that is being placed.
  var rowPrice = [Double](repeating: 0, count: rows + 1)
  var columnPrice = [Double](repeating: 0, count: columns + 1)
  var owner = [Int](repeating: 0, count: columns + 1)
  var previous = [Int](repeating: 0, count: columns + 1)
  for row in 1..<rows + 1 {
    owner[0] = row
    var column = 0
    var least = [Double](repeating: .infinity, count: columns + 1)
    var isDone = [Bool](repeating: false, count: columns + 1)
    repeat {
      isDone[column] = true
      let own = owner[column]
      var (step, next) = (Double.infinity, 0)
      for candidate in 1..<columns + 1 where !isDone[candidate] {
        let cost = costs[own - 1][candidate - 1] - rowPrice[own] - columnPrice[candidate]
        if cost < least[candidate] { (least[candidate], previous[candidate]) = (cost, column) }
        if least[candidate] < step { (step, next) = (least[candidate], candidate) }
      }
      for candidate in 0..<columns + 1 {
        if isDone[candidate] {
          rowPrice[owner[candidate]] += step
          columnPrice[candidate] -= step
        } else {
          least[candidate] -= step
        }
      }
      column = next
    } while owner[column] != 0
    // Each column on the way passes its row on.
    while column != 0 {
      owner[column] = owner[previous[column]]
      column = previous[column]
    }
  }
  var result = [Int](repeating: 0, count: rows)
  for column in 1..<columns + 1 where owner[column] != 0 { result[owner[column] - 1] = column - 1 }
  return result
}
