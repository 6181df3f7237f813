// Work shared among libtorch's threads.
//
// `at::parallel_for` is a template that starts threads only in code compiled for OpenMP, which Swift's compiler does not come
// with: here it would run on one core. libtorch's OpenMP is GCC's, whose entry for a parallel region is called here itself, so
// that the threads are the same that libtorch's operators use.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

extern "C" {
// Calls `function(data)` on every thread of a team; null where libtorch came with another OpenMP.
__attribute__((weak)) void GOMP_parallel(void (*function)(void *), void *data, unsigned thread_count, unsigned flags);
__attribute__((weak)) int omp_get_thread_num(void);
__attribute__((weak)) int omp_get_num_threads(void);
}

namespace layered {

template <typename Body>
struct ParallelRange {
  int64_t first, last, grain;
  const Body &body;
  std::atomic_flag has_failed = ATOMIC_FLAG_INIT;
  std::exception_ptr failure;

  // The share of the calling thread.
  void run() {
    const int64_t thread = omp_get_thread_num();
    const int64_t most = grain > 0 ? (last - first + grain - 1) / grain : last - first;
    const int64_t thread_count = std::min<int64_t>(omp_get_num_threads(), most);
    const int64_t length = (last - first + thread_count - 1) / thread_count;
    const int64_t begin = first + thread * length;
    if (begin >= last) return;
    try {
      at::internal::ThreadIdGuard guard(static_cast<int>(thread));
      body(begin, std::min(last, begin + length));
    } catch (...) {
      if (!has_failed.test_and_set()) failure = std::current_exception();
    }
  }
};

// Calls `body(first, last)` for parts of a range that are no shorter than `grain`, each on a thread of its own, whose number
// `at::get_thread_num` gives.
template <typename Body>
void parallel_for(int64_t first, int64_t last, int64_t grain, const Body &body) {
  if (first >= last) return;
  at::internal::lazy_init_num_threads();
  const bool is_shared = GOMP_parallel != nullptr && omp_get_thread_num != nullptr && omp_get_num_threads != nullptr &&
                         last - first > std::max<int64_t>(grain, 1) && !at::in_parallel_region() &&
                         at::get_num_threads() > 1;
  if (!is_shared) {
    at::internal::ThreadIdGuard guard(0);
    body(first, last);
    return;
  }
  ParallelRange<Body> range{first, last, grain, body};
  GOMP_parallel([](void *data) { static_cast<ParallelRange<Body> *>(data)->run(); }, &range, 0, 0);
  if (range.failure) std::rethrow_exception(range.failure);
}

}  // namespace layered
