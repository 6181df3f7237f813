// Memory that begins where a line of the cache begins, so that no vector lies across two.
#pragma once

#include <cstdint>
#include <vector>

namespace layered {

// Numbers, zero at first.
template <typename Number>
class LineAligned {
 public:
  explicit LineAligned(int64_t count) : memory_(count + line / sizeof(Number)) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    first_ = memory_.data() + (line - address % line) % line / sizeof(Number);
    count_ = count;
  }
  LineAligned(const LineAligned &) = delete;
  LineAligned &operator=(const LineAligned &) = delete;

  Number *data() { return first_; }
  const Number *data() const { return first_; }
  Number *begin() { return first_; }
  Number *end() { return first_ + count_; }

 private:
  static constexpr uintptr_t line = 64;
  std::vector<Number> memory_;
  Number *first_;
  int64_t count_;
};

}  // namespace layered
