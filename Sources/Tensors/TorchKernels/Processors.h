// One piece of work compiled for several kinds of processor, the widest of which is taken where it runs.
#pragma once

#include <cstdint>

#include "Lanes.h"

namespace layered {

// `Work` has a method `void operator()(int64_t first, int64_t last) const`, marked LAYERED_INLINE.
template <typename Work>
void work_anywhere(const Work &work, int64_t first, int64_t last) {
  work(first, last);
}

#if defined(__x86_64__)
template <typename Work>
__attribute__((target("avx2,fma"))) void work_avx2(const Work &work, int64_t first, int64_t last) {
  work(first, last);
}

template <typename Work>
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) void work_avx512(
    const Work &work, int64_t first, int64_t last) {
  work(first, last);
}
#endif

template <typename Work>
auto work_for_this_processor() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return work_avx512<Work>;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return work_avx2<Work>;
#endif
  return work_anywhere<Work>;
}

}  // namespace layered
