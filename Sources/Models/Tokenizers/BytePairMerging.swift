/// Merges the bytes of one word after another into tokens; keeps its buffers between words.
///
/// Candidates wait in a binary heap and tokens in a linked list, so a word of n bytes takes
/// O(n log n) time. The order is that of HF tokenizers: lowest rank first, then leftmost.
struct BytePairMerging {
  private struct Node {
    /// -1 once the left neighbour has taken this token in.
    var id: Int32
    var previous: Int
    var next: Int
  }

  private struct Candidate {
    /// The rank in the upper 24 bits and the position in the lower 40, so that one comparison sorts.
    var order: UInt64
    var merged: Int32

    var position: Int { Int(truncatingIfNeeded: order & 0xFF_FFFF_FFFF) }
  }

  private let rules: MergeRules
  private let byteIDs: [Int32]
  private var nodes: [Node] = []
  private var heap: [Candidate] = []

  init(rules: MergeRules, byteIDs: [Int32]) {
    self.rules = rules
    self.byteIDs = byteIDs
  }

  /// Appends the tokens of `word` to `ids`.
  mutating func merge(_ word: ArraySlice<UInt8>, into ids: inout [Int]) {
    nodes.removeAll(keepingCapacity: true)
    for byte in word {
      let index = nodes.count
      nodes.append(Node(id: byteIDs[Int(byte)], previous: index - 1, next: index + 1))
    }
    for position in nodes.indices { propose(position) }
    while let candidate = popLowest() {
      let position = candidate.position
      let node = nodes[position]
      guard node.id >= 0, node.next < nodes.count else { continue }
      let right = nodes[node.next]
      // A candidate is out of date once one of its two tokens has grown.
      guard rules[node.id, right.id]?.merged == candidate.merged else { continue }
      nodes[node.next].id = -1
      nodes[position] = Node(id: candidate.merged, previous: node.previous, next: right.next)
      if right.next < nodes.count { nodes[right.next].previous = position }
      if node.previous >= 0 { propose(node.previous) }
      propose(position)
    }
    var position = 0
    while position < nodes.count {
      ids.append(Int(nodes[position].id))
      position = nodes[position].next
    }
  }

  /// Queues the merge of the token at `position` with its right neighbour, if there is one.
  private mutating func propose(_ position: Int) {
    let node = nodes[position]
    guard node.next < nodes.count, let rule = rules[node.id, nodes[node.next].id] else { return }
    let order = UInt64(truncatingIfNeeded: rule.rank) << 40 | UInt64(truncatingIfNeeded: position)
    var child = heap.count
    heap.append(Candidate(order: order, merged: rule.merged))
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].order < heap[parent].order else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func popLowest() -> Candidate? {
    guard let lowest = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return lowest }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].order < heap[child].order { child += 1 }
      guard heap[child].order < last.order else { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = last
    return lowest
  }
}
