import OneLine

/// One difference between a checkpoint and the model it is loaded into.
package enum WeightProblem: Hashable, Sendable, CustomStringConvertible {
  case missing(key: String, shape: [Int])
  case misshaped(key: String, expected: [Int], found: [Int])
  case wrongType(key: String, found: String)
  case extra(key: String)

  package var description: String {
    switch self {
    case .missing(let key, let shape): "missing '\(key)' \(shape)"
    case .misshaped(let key, let expected, let found):
      "misshaped '\(key)': expected \(expected), found \(found)"
    case .wrongType(let key, let found): "'\(key)' holds \(found), not a supported type of numbers"
    case .extra(let key): "extra '\(key)'"
    }
  }
}

/// A checkpoint that does not fit the model, with every difference.
package struct WeightError: Error, Hashable, Sendable, CustomStringConvertible {
  package let source: String
  package let problems: [WeightProblem]
  /// What the checkpoint seems to be instead, a clause, where that is known.
  package let diagnosis: String?

  package init(source: String, problems: [WeightProblem], diagnosis: String? = nil) {
    self.source = source
    self.problems = problems
    self.diagnosis = diagnosis
  }

  /// One line: the totals, what the wrong checkpoint seems to be, and the first ten differences.
  package var description: String {
    var missing = 0
    var misshaped = 0
    var extra = 0
    for problem in problems {
      switch problem {
      case .missing: missing += 1
      case .misshaped, .wrongType: misshaped += 1
      case .extra: extra += 1
      }
    }
    let first = problems.prefix(10).map(\.description).joined(separator: "; ")
    let rest = problems.count > 10 ? "; and \(problems.count - 10) more" : ""
    let clause = diagnosis.map { "\($0); " } ?? ""
    return onOneLine(
      "\(source): does not fit the model: \(clause)\(missing) missing, \(misshaped) misshaped, "
        + "\(extra) extra: \(first)\(rest)")
  }
}
