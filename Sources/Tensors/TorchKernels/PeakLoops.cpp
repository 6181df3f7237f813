// `layered::peak`: what this machine does at most, for benchmarks to be measured against.
//
// Products are counted in a loop over registers alone, by the instructions that the operators here would use at best; memory
// by a loop that copies more than the caches hold.

#include <ATen/core/Tensor.h>
#include <ATen/ops/scalar_tensor.h>
#include <torch/library.h>

#include <chrono>
#include <cstring>
#include <vector>

#include "BFloat16Products.h"
#include "ParallelRanges.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace layered {
namespace {

using Clock = std::chrono::steady_clock;

// The best of a few tries of `work` on all threads at once, in units of work a second.
template <typename Work>
double best_rate(double units_of_a_thread, const Work &work) {
  const int64_t thread_count = at::get_num_threads();
  double best = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto begin = Clock::now();
    parallel_for(0, thread_count, 1, [&](int64_t first, int64_t last) {
      for (int64_t thread = first; thread < last; ++thread) work(thread);
    });
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    best = std::max(best, units_of_a_thread * static_cast<double>(thread_count) / seconds);
  }
  return best;
}

constexpr int64_t round_count = 10'000'000;

#if defined(__x86_64__)
// Keeps a value out of the compiler's sight, so that no round is left out.
#define LAYERED_UNKNOWN(x) asm volatile("" : "+v"(x))
#define LAYERED_UNKNOWN_YMM(x) asm volatile("" : "+x"(x))

__attribute__((target("avx2,fma"))) void multiply_floats_avx2(int64_t) {
  __m256 sums[12];
  for (auto &sum : sums) sum = _mm256_setzero_ps();
  __m256 a = _mm256_set1_ps(1e-3f), b = _mm256_set1_ps(1e-3f);
  for (int64_t round = 0; round < round_count; ++round) {
    LAYERED_UNKNOWN_YMM(a);
#pragma clang loop unroll(full)
    for (auto &sum : sums) sum = _mm256_fmadd_ps(a, b, sum);
  }
  for (auto &sum : sums) LAYERED_UNKNOWN_YMM(sum);
}

__attribute__((target("avx2,fma"))) void multiply_words_avx2(int64_t) {
  __m256i sums[12];
  for (auto &sum : sums) sum = _mm256_setzero_si256();
  __m256i a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(5);
  for (int64_t round = 0; round < round_count; ++round) {
#pragma clang loop unroll(full)
    for (auto &sum : sums) {
      LAYERED_UNKNOWN_YMM(a);
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
    }
  }
  for (auto &sum : sums) LAYERED_UNKNOWN_YMM(sum);
}

__attribute__((target("avx512f"))) void multiply_floats_avx512(int64_t) {
  __m512 sums[24];
  for (auto &sum : sums) sum = _mm512_setzero_ps();
  __m512 a = _mm512_set1_ps(1e-3f), b = _mm512_set1_ps(1e-3f);
  for (int64_t round = 0; round < round_count; ++round) {
    LAYERED_UNKNOWN(a);
#pragma clang loop unroll(full)
    for (auto &sum : sums) sum = _mm512_fmadd_ps(a, b, sum);
  }
  for (auto &sum : sums) LAYERED_UNKNOWN(sum);
}

__attribute__((target("avx512f,avx512bf16"))) void multiply_pairs_avx512(int64_t) {
  __m512 sums[24];
  for (auto &sum : sums) sum = _mm512_setzero_ps();
  __m512i a = _mm512_set1_epi32(0x3A803A80), b = _mm512_set1_epi32(0x3A803A80);
  for (int64_t round = 0; round < round_count; ++round) {
    LAYERED_UNKNOWN(a);
#pragma clang loop unroll(full)
    for (auto &sum : sums) sum = _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
  }
  for (auto &sum : sums) LAYERED_UNKNOWN(sum);
}

__attribute__((target("avx512f,avx512vnni"))) void multiply_quads_avx512(int64_t) {
  __m512i sums[24];
  for (auto &sum : sums) sum = _mm512_setzero_si512();
  __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
  for (int64_t round = 0; round < round_count; ++round) {
    LAYERED_UNKNOWN(a);
#pragma clang loop unroll(full)
    for (auto &sum : sums) sum = _mm512_dpbusd_epi32(sum, a, b);
  }
  for (auto &sum : sums) LAYERED_UNKNOWN(sum);
}

// Multiplications and additions a second.
double products(c10::string_view kind) {
  const bool wide = __builtin_cpu_supports("avx512f");
  const double narrow_sums = 12.0 * 8 * 2 * round_count, wide_sums = 24.0 * 16 * 2 * round_count;
  if (kind == "int8" && wide && __builtin_cpu_supports("avx512vnni")) {
    return best_rate(4 * wide_sums, multiply_quads_avx512);
  }
  if (kind == "int8" && __builtin_cpu_supports("avx2")) return best_rate(2 * narrow_sums, multiply_words_avx2);
  if (kind == "bfloat16" && wide && __builtin_cpu_supports("avx512bf16")) {
    return best_rate(2 * wide_sums, multiply_pairs_avx512);
  }
  if (kind != "int8" && wide) return best_rate(wide_sums, multiply_floats_avx512);
  if (kind != "int8" && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return best_rate(narrow_sums, multiply_floats_avx2);
  }
  return 0;
}
#else
double products(c10::string_view) { return 0; }
#endif

// Bytes read and written a second.
double copy() {
  constexpr int64_t length = int64_t{1} << 27;
  const int64_t thread_count = at::get_num_threads();
  std::vector<char> from(length, 1), to(length, 2);
  const int64_t part = length / thread_count;
  return best_rate(2.0 * part, [&](int64_t thread) {
    std::memcpy(to.data() + thread * part, from.data() + thread * part, part);
  });
}

// `kind` is float32, bfloat16 or int8 for additions and multiplications a second, 0 where this processor is not known; or copy
// for bytes read and written a second.
at::Tensor peak(c10::string_view kind) {
  TORCH_CHECK(
      kind == "float32" || kind == "bfloat16" || kind == "int8" || kind == "copy",
      "peak knows float32, bfloat16, int8 and copy, not ", kind);
  return at::scalar_tensor(kind == "copy" ? copy() : products(kind), at::kDouble);
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) { library.def("peak(str kind) -> Tensor"); }

TORCH_LIBRARY_IMPL(layered, CompositeExplicitAutograd, library) { library.impl("peak", layered::peak); }
