/// Gives each row of a table of costs a column of its own such that the sum of the costs is least, by shortest augmenting
/// paths (Crouse, IEEE Transactions on Aerospace and Electronic Systems, 2016). Of several assignments with the same sum it
/// finds the one of SciPy's `linear_sum_assignment`, which published tools go by.
///
/// - Parameter costs: finite, with at least as many columns as rows; all rows are as long as the first.
/// - Returns: the column of each row.
package func leastCostAssignment(_ costs: [[Double]]) -> [Int] {
  let (rows, columns) = (costs.count, costs.first?.count ?? 0)
  precondition(columns >= rows && costs.allSatisfy { $0.count == columns }, "\(rows) rows need as many columns")
  var rowPrices = [Double](repeating: 0, count: rows)
  var columnPrices = [Double](repeating: 0, count: columns)
  var columnOfRow = [Int?](repeating: nil, count: rows)
  var rowOfColumn = [Int?](repeating: nil, count: columns)
  for start in 0..<rows {
    // The cost of the shortest path from the row to each column, and the row before it on that path.
    var lengths = [Double](repeating: .infinity, count: columns)
    var previous = [Int](repeating: start, count: columns)
    // Of equal columns the last one of this list is taken, but one without a row before all others.
    var open = Array((0..<columns).reversed())
    var (row, length, done): (Int, Double, [Int]) = (start, 0, [])
    var end: Int?
    while end == nil {
      var (nearest, least) = (0, Double.infinity)
      for (place, column) in open.enumerated() {
        let cost = length + costs[row][column] - rowPrices[row] - columnPrices[column]
        if cost < lengths[column] { (lengths[column], previous[column]) = (cost, row) }
        if lengths[column] < least || lengths[column] == least && rowOfColumn[column] == nil {
          (nearest, least) = (place, lengths[column])
        }
      }
      length = least
      let column = open[nearest]
      done.append(column)
      open.swapAt(nearest, open.count - 1)
      open.removeLast()
      if let owner = rowOfColumn[column] { row = owner } else { end = column }
    }
    rowPrices[start] += length
    for column in done {
      if let owner = rowOfColumn[column] { rowPrices[owner] += length - lengths[column] }
      columnPrices[column] -= length - lengths[column]
    }
    // Each row on the path moves on to the next column.
    while let column = end {
      let owner = previous[column]
      rowOfColumn[column] = owner
      end = owner == start ? nil : columnOfRow[owner]
      columnOfRow[owner] = column
    }
  }
  return columnOfRow.compactMap(\.self)
}
