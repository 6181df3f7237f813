/// The order in which the vision tower holds the units of a picture, so that every window lies in one piece.
///
/// A unit is the square of patches that becomes one vector. Windows are squares of units, smaller at the right and the
/// bottom edge. No window sees another, so their order is free: windows of equal length follow each other, and each
/// such run is one batch of attention without a mask.
struct VisionWindows {
  /// Windows of one length, one after the other.
  struct Run: Hashable {
    let windowCount: Int
    /// In patches.
    let windowLength: Int
  }

  /// The unit at each place, as an index in row-major order.
  let units: [Int]
  /// The place of each unit: the inverse of ``units``.
  let places: [Int]
  /// The row and the column of every patch, in this order.
  let patchRows: [Int]
  let patchColumns: [Int]
  let runs: [Run]
  /// All patches as one window.
  let wholePicture: [Run]

  /// - Parameters:
  ///   - grid: In patches; both sides are multiples of the merge side.
  ///   - configuration: Gives the sides of a unit and of a window.
  init(of grid: PatchGrid, configuration: VisionConfiguration) {
    let mergeSide = configuration.mergeSide
    let side = configuration.windowSideInUnits
    let unitGrid = grid.merged(by: mergeSide)
    var windows: [[Int]] = []
    for top in stride(from: 0, to: unitGrid.rows, by: side) {
      for left in stride(from: 0, to: unitGrid.columns, by: side) {
        var window: [Int] = []
        for row in top..<min(top + side, unitGrid.rows) {
          for column in left..<min(left + side, unitGrid.columns) {
            window.append(row * unitGrid.columns + column)
          }
        }
        windows.append(window)
      }
    }
    let patchesInUnit = mergeSide * mergeSide
    let windowsByLength = Dictionary(grouping: windows, by: \.count).sorted { $0.key > $1.key }
    runs = windowsByLength.map {
      Run(windowCount: $0.value.count, windowLength: $0.key * patchesInUnit)
    }
    wholePicture = [Run(windowCount: 1, windowLength: grid.count)]
    let units = windowsByLength.flatMap { $0.value.joined() }
    var places = [Int](repeating: 0, count: units.count)
    for (place, unit) in units.enumerated() { places[unit] = place }
    var patchRows: [Int] = []
    var patchColumns: [Int] = []
    for unit in units {
      let (unitRow, unitColumn) = unit.quotientAndRemainder(dividingBy: unitGrid.columns)
      for row in 0..<mergeSide {
        for column in 0..<mergeSide {
          patchRows.append(unitRow * mergeSide + row)
          patchColumns.append(unitColumn * mergeSide + column)
        }
      }
    }
    self.units = units
    self.places = places
    self.patchRows = patchRows
    self.patchColumns = patchColumns
  }
}
