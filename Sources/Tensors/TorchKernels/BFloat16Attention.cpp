// `layered::attention_bfloat16`: softmax attention of bfloat16 numbers in one pass over the keys, never holding all
// scores.
//
// The products run on the processor's own pairs of bfloat16 numbers with float32 sums, or in float32 where it has none. The
// softmax runs in float32; its weights meet the values as bfloat16 numbers, as in libtorch's own operator, or unrounded.
// Shapes: B batch, Q queries, K keys, N heads, H head width.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "BFloat16Products.h"
#include "Lanes.h"
#include "LineAligned.h"
#include "ParallelRanges.h"
#include "TileProducts.h"

namespace layered {
namespace {

#if defined(__x86_64__)
#define LAYERED_PAIRS __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))

// Rows of a tile of sums, which fills the registers.
constexpr int64_t row_count = 6;
// Of the queries and keys that are worked on together; their scores stay in the second cache.
constexpr int64_t query_block = 16 * row_count;
constexpr int64_t key_block = 256;

int64_t rounded_up(int64_t count, int64_t multiple) { return (count + multiple - 1) / multiple * multiple; }

// One head of a tensor `[B, N, S, H]`.
struct Rows {
  const uint16_t *numbers;
  int64_t stride;
  int64_t count;
  int64_t width;

  Rows(const at::Tensor &x, int64_t sample, int64_t head)
      : numbers(static_cast<const uint16_t *>(x.const_data_ptr()) + sample * x.stride(0) + head * x.stride(1)),
        stride(x.stride(2)), count(x.size(2)), width(x.size(3)) {}
};

// What the processor multiplies in one lane: two bfloat16 numbers beside each other.
struct PairTiles {
  static constexpr int64_t numbers_in_unit = 2;
  static constexpr int64_t vector_count = 4;
  static constexpr int64_t tile_width = vector_count * lane_count;
  // Of a key in the sum for a query.
  using Weight = c10::BFloat16;

  // sums = sums * factors + a b for six rows of `a` and one tile `b`; without factors the sums start from zero.
  LAYERED_PAIRS static void multiply(
      const Unit *a, int64_t a_stride, const Unit *b, int64_t unit_count, const float *factors, float *sums,
      int64_t sums_stride) {
    __m512 total[row_count][vector_count];
#pragma clang loop unroll(full)
    for (int64_t row = 0; row < row_count; ++row) {
#pragma clang loop unroll(full)
      for (int64_t v = 0; v < vector_count; ++v) {
        total[row][v] = factors == nullptr ? _mm512_setzero_ps()
                                           : _mm512_mul_ps(
                                                 _mm512_loadu_ps(sums + row * sums_stride + v * lane_count),
                                                 _mm512_set1_ps(factors[row]));
      }
    }
    for (int64_t unit = 0; unit < unit_count; ++unit) {
      __m512bh columns[vector_count];
#pragma clang loop unroll(full)
      for (int64_t v = 0; v < vector_count; ++v) {
        columns[v] = (__m512bh)_mm512_loadu_si512(b + unit * tile_width + v * lane_count);
      }
#pragma clang loop unroll(full)
      for (int64_t row = 0; row < row_count; ++row) {
        const auto number = (__m512bh)_mm512_set1_epi32(static_cast<int32_t>(a[row * a_stride + unit]));
#pragma clang loop unroll(full)
        for (int64_t v = 0; v < vector_count; ++v) total[row][v] = _mm512_dpbf16_ps(total[row][v], number, columns[v]);
      }
    }
#pragma clang loop unroll(full)
    for (int64_t row = 0; row < row_count; ++row) {
#pragma clang loop unroll(full)
      for (int64_t v = 0; v < vector_count; ++v) {
        _mm512_storeu_ps(sums + row * sums_stride + v * lane_count, total[row][v]);
      }
    }
  }

  LAYERED_PAIRS static float greatest(const float *scores, int64_t count) {
    const __m512 lowest = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
    __m512 tops = lowest;
    for (int64_t key = 0; key < count; key += lane_count) {
      tops = _mm512_max_ps(_mm512_mask_loadu_ps(lowest, lanes_until(count - key), scores + key), tops);
    }
    return _mm512_reduce_max_ps(tops);
  }

  // The exponentials of `scale` times what scores lack of the greatest, and their sum. As powers of two: the whole part goes to
  // the exponent, the power of the rest is a polynomial within 3e-6, a thousandth of what rounding to bfloat16 loses.
  LAYERED_PAIRS static float weigh(const float *scores, int64_t count, float scale, float greatest, Weight *weights) {
    constexpr float octaves = 1.44269504f;
    const __m512 factor = _mm512_set1_ps(scale * octaves), top = _mm512_set1_ps(greatest);
    // Powers below are zero. The order of the arguments lets NaN pass.
    const __m512 least = _mm512_set1_ps(-200);
    __m512 totals = _mm512_setzero_ps();
    for (int64_t key = 0; key < count; key += lane_count) {
      const __mmask16 lanes = lanes_until(count - key);
      // Of the greatest score this is exactly zero, however large it is.
      const __m512 beyond = _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, scores + key), top);
      const __m512 x = _mm512_max_ps(least, _mm512_mul_ps(beyond, factor));
      const __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
      const __m512 r = _mm512_sub_ps(x, whole);
      __m512 p = _mm512_set1_ps(9.58285e-3f);
      p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.590642e-2f));
      p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(2.4024099e-1f));
      p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(6.9312419e-1f));
      p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1));
      p = _mm512_maskz_scalef_ps(lanes, p, whole);
      totals = _mm512_add_ps(totals, p);
      const auto rounded = _mm512_cvtneps_pbh(p);
      std::memcpy(weights + key, &rounded, sizeof(rounded));
    }
    return _mm512_reduce_add_ps(totals);
  }

 private:
  LAYERED_PAIRS static __mmask16 lanes_until(int64_t count) {
    return count >= lane_count ? 0xFFFF : static_cast<__mmask16>((1u << count) - 1);
  }
};

// What processors without bfloat16 units multiply: one float32 number.
struct FloatTiles {
  static constexpr int64_t numbers_in_unit = 1;
  static constexpr int64_t vector_lanes = 8;
  static constexpr int64_t vector_count = 2;
  static constexpr int64_t tile_width = vector_count * vector_lanes;
  using Weight = float;

  LAYERED_AVX2 __attribute__((noinline)) static void multiply(
      const Unit *a, int64_t a_stride, const Unit *b, int64_t unit_count, const float *factors, float *sums,
      int64_t sums_stride) {
    __m256 total[row_count][vector_count];
#pragma clang loop unroll(full)
    for (int64_t row = 0; row < row_count; ++row) {
#pragma clang loop unroll(full)
      for (int64_t v = 0; v < vector_count; ++v) {
        total[row][v] = factors == nullptr ? _mm256_setzero_ps()
                                           : _mm256_mul_ps(
                                                 _mm256_loadu_ps(sums + row * sums_stride + v * vector_lanes),
                                                 _mm256_set1_ps(factors[row]));
      }
    }
    for (int64_t unit = 0; unit < unit_count; ++unit) {
      __m256 columns[vector_count];
#pragma clang loop unroll(full)
      for (int64_t v = 0; v < vector_count; ++v) {
        columns[v] = _mm256_loadu_ps(reinterpret_cast<const float *>(b + unit * tile_width + v * vector_lanes));
      }
#pragma clang loop unroll(full)
      for (int64_t row = 0; row < row_count; ++row) {
        const auto number = _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int32_t>(a[row * a_stride + unit])));
#pragma clang loop unroll(full)
        for (int64_t v = 0; v < vector_count; ++v) total[row][v] = _mm256_fmadd_ps(number, columns[v], total[row][v]);
      }
    }
#pragma clang loop unroll(full)
    for (int64_t row = 0; row < row_count; ++row) {
#pragma clang loop unroll(full)
      for (int64_t v = 0; v < vector_count; ++v) {
        _mm256_storeu_ps(sums + row * sums_stride + v * vector_lanes, total[row][v]);
      }
    }
  }

  LAYERED_AVX2 static float greatest(const float *scores, int64_t count) {
    constexpr float lowest = -std::numeric_limits<float>::infinity();
    Floats tops = lowest;
    const int64_t whole = count / lane_count * lane_count;
    for (int64_t key = 0; key < whole; key += lane_count) {
      Floats lanes;
      Lanes<float>::load(lanes, scores + key, lane_count);
      tops = tops < lanes ? lanes : tops;
    }
    float top = lowest;
    for (int64_t i = 0; i < lane_count; ++i) top = std::max(top, tops[i]);
    for (int64_t key = whole; key < count; ++key) top = std::max(top, scores[key]);
    return top;
  }

  // The exponentials of `scale` times what scores lack of the greatest, and their sum.
  LAYERED_AVX2 static float weigh(const float *scores, int64_t count, float scale, float greatest, Weight *weights) {
    Floats totals = 0;
    for (int64_t key = 0; key < count; key += lane_count) {
      Floats lanes;
      Lanes<float>::load(lanes, scores + key, lane_count);
      lanes = (lanes - greatest) * scale;
      exponentiate(lanes);
      if (key + lane_count > count) {
        for (int64_t i = 0; i < lane_count; ++i) lanes[i] = key + i < count ? lanes[i] : 0;
      }
      totals += lanes;
      Lanes<Weight>::store(lanes, weights + key, lane_count);
    }
    return sum(totals);
  }
};

// The keys of a head as tiles `[units of a key, tile_width]`; zeros beyond the last.
template <typename Tiles>
struct PackedKeys {
  LineAligned<Unit> units;
  int64_t unit_count;

  PackedKeys(int64_t count, int64_t width)
      : units(rounded_up(count, key_block) * rounded_up(width, Tiles::tile_width) / Tiles::numbers_in_unit),
        unit_count(rounded_up(width, Tiles::tile_width) / Tiles::numbers_in_unit) {}

  const Unit *tile(int64_t first_key) const { return units.data() + first_key * unit_count; }

  void fill(const Rows &keys, int64_t first, int64_t last) {
    constexpr int64_t tile_width = Tiles::tile_width;
    for (int64_t key = first; key < last; ++key) {
      const uint16_t *row = keys.numbers + key * keys.stride;
      Unit *column = units.data() + key / tile_width * tile_width * unit_count + key % tile_width;
      for (int64_t c = 0; c < keys.width; ++c) {
        Unit &unit = column[c / Tiles::numbers_in_unit * tile_width];
        if (Tiles::numbers_in_unit == 1) {
          unit = static_cast<Unit>(row[c]) << 16;
        } else {
          unit = c % 2 == 0 ? row[c] : unit | static_cast<Unit>(row[c]) << 16;
        }
      }
    }
  }
};

// The values of a head as tiles `[units of a column of values, tile_width]`; zeros beyond the last.
template <typename Tiles>
struct PackedValues {
  LineAligned<Unit> units;
  int64_t unit_count;

  PackedValues(int64_t count, int64_t width)
      : units(rounded_up(count, key_block) * rounded_up(width, Tiles::tile_width) / Tiles::numbers_in_unit),
        unit_count(rounded_up(count, key_block) / Tiles::numbers_in_unit) {}

  const Unit *tile(int64_t first_column, int64_t first_key) const {
    return units.data() + first_column * unit_count + first_key / Tiles::numbers_in_unit * Tiles::tile_width;
  }

  // From pair `first` of keys up to pair `last`.
  void fill(const Rows &values, int64_t first, int64_t last) {
    constexpr int64_t tile_width = Tiles::tile_width;
    for (int64_t pair = first; pair < last; ++pair) {
      const uint16_t *low = values.numbers + 2 * pair * values.stride;
      const uint16_t *high = 2 * pair + 1 < values.count ? low + values.stride : nullptr;
      for (int64_t c = 0; c < values.width; ++c) {
        const Unit upper = high == nullptr ? 0 : high[c];
        Unit *of_tile = units.data() + c / tile_width * unit_count * tile_width + c % tile_width;
        if (Tiles::numbers_in_unit == 1) {
          of_tile[2 * pair * tile_width] = static_cast<Unit>(low[c]) << 16;
          of_tile[(2 * pair + 1) * tile_width] = upper << 16;
        } else {
          of_tile[pair * tile_width] = low[c] | upper << 16;
        }
      }
    }
  }
};

// What is known of the softmax of one query after some of its keys.
struct RunningSoftmax {
  // Score, before it is scaled.
  float greatest = -std::numeric_limits<float>::infinity();
  float sum = 0;

  // Turns scores into weights relative to the greatest score so far, zeros behind the last, and gives the factor that
  // brings what was summed before to the same measure.
  template <typename Tiles>
  LAYERED_INLINE float advance(const float *scores, int64_t count, float scale, typename Tiles::Weight *weights) {
    const float before = greatest;
    greatest = std::max(greatest, Tiles::greatest(scores, count));
    Floats factor = (before - greatest) * scale;
    exponentiate(factor);
    sum = sum * factor[0] + Tiles::weigh(scores, count, scale, greatest, weights);
    return factor[0];
  }
};

// Asks for part `part` of `part_count` of a tile that comes next: it begins in another place of the cache's third level, where
// the processor does not foresee it. On AVX2 this takes products from 63 to 91 GFLOP/s a core of 94 (EPYC 7003).
LAYERED_INLINE void prefetch_tile(const Unit *tile, int64_t unit_count, int64_t part, int64_t part_count) {
  constexpr int64_t line = 64 / sizeof(Unit);
  const int64_t last = (part + 1) * unit_count / part_count;
  for (int64_t unit = part * unit_count / part_count; unit < last; unit += line) __builtin_prefetch(tile + unit);
}

// The attention of up to `query_block` queries of a head to all its keys.
template <typename Tiles>
class QueryBlock {
 public:
  QueryBlock(int64_t width)
      : width_(rounded_up(width, Tiles::tile_width)), unit_count_(width_ / Tiles::numbers_in_unit),
        queries_(query_block * unit_count_), scores_(query_block * key_block), weights_(query_block * key_block),
        mixed_(query_block * width_) {}

  LAYERED_INLINE void attend(
      const Rows &queries, int64_t first, const PackedKeys<Tiles> &keys, const PackedValues<Tiles> &values,
      int64_t key_count, float scale, c10::BFloat16 *output, int64_t output_stride) {
    constexpr int64_t numbers = Tiles::numbers_in_unit;
    const int64_t count = std::min(query_block, queries.count - first);
    const int64_t rows = rounded_up(count, row_count);
    take(queries, first, count);
    std::fill(mixed_.begin(), mixed_.end(), 0.0f);
    RunningSoftmax softmax[query_block];
    float factors[query_block] = {};
    const auto *weight_units = reinterpret_cast<const Unit *>(weights_.data());
    for (int64_t key = 0; key < key_count; key += key_block) {
      const int64_t seen = std::min(key_block, key_count - key);
      for (int64_t tile = 0; tile < seen; tile += Tiles::tile_width) {
        const Unit *next = tile + Tiles::tile_width < seen ? keys.tile(key + tile + Tiles::tile_width) : values.tile(0, key);
        for (int64_t row = 0; row < rows; row += row_count) {
          prefetch_tile(next, unit_count_ * Tiles::tile_width, row / row_count, rows / row_count);
          Tiles::multiply(
              queries_.data() + row * unit_count_, unit_count_, keys.tile(key + tile), unit_count_, nullptr,
              scores_.data() + row * key_block + tile, key_block);
        }
      }
      for (int64_t row = 0; row < rows; ++row) {
        factors[row] = softmax[row].template advance<Tiles>(
            scores_.data() + row * key_block, seen, scale, weights_.data() + row * key_block);
      }
      for (int64_t column = 0; column < width_; column += Tiles::tile_width) {
        const Unit *next = column + Tiles::tile_width < width_ ? values.tile(column + Tiles::tile_width, key)
                           : key + key_block < key_count       ? keys.tile(key + key_block)
                                                               : keys.tile(0);
        for (int64_t row = 0; row < rows; row += row_count) {
          prefetch_tile(next, key_block / numbers * Tiles::tile_width, row / row_count, rows / row_count);
          Tiles::multiply(
              weight_units + row * key_block / numbers, key_block / numbers, values.tile(column, key),
              (seen + numbers - 1) / numbers, factors + row, mixed_.data() + row * width_ + column, width_);
        }
      }
    }
    for (int64_t row = 0; row < count; ++row) {
      for (int64_t c = 0; c < queries.width; c += lane_count) {
        const int64_t lanes_left = std::min(lane_count, queries.width - c);
        Floats lanes;
        Lanes<float>::load(lanes, mixed_.data() + row * width_ + c, lanes_left);
        lanes /= softmax[row].sum;
        Lanes<c10::BFloat16>::store(lanes, output + row * output_stride + c, lanes_left);
      }
    }
  }

 private:
  void take(const Rows &queries, int64_t first, int64_t count) {
    std::fill(queries_.begin(), queries_.end(), 0);
    for (int64_t row = 0; row < count; ++row) {
      const uint16_t *from = queries.numbers + (first + row) * queries.stride;
      Unit *to = queries_.data() + row * unit_count_;
      if (Tiles::numbers_in_unit == 1) {
        for (int64_t c = 0; c < queries.width; ++c) to[c] = static_cast<Unit>(from[c]) << 16;
      } else {
        std::memcpy(to, from, queries.width * sizeof(uint16_t));
      }
    }
  }

  int64_t width_;
  int64_t unit_count_;
  LineAligned<Unit> queries_;
  LineAligned<float> scores_;
  LineAligned<typename Tiles::Weight> weights_;
  LineAligned<float> mixed_;
};

LAYERED_PAIRS void attend_block(
    QueryBlock<PairTiles> &block, const Rows &queries, int64_t first, const PackedKeys<PairTiles> &keys,
    const PackedValues<PairTiles> &values, int64_t key_count, float scale, c10::BFloat16 *output,
    int64_t output_stride) {
  block.attend(queries, first, keys, values, key_count, scale, output, output_stride);
}

LAYERED_AVX2 void attend_block(
    QueryBlock<FloatTiles> &block, const Rows &queries, int64_t first, const PackedKeys<FloatTiles> &keys,
    const PackedValues<FloatTiles> &values, int64_t key_count, float scale, c10::BFloat16 *output,
    int64_t output_stride) {
  block.attend(queries, first, keys, values, key_count, scale, output, output_stride);
}

template <typename Tiles>
void attend(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, float scale, at::Tensor &output) {
  const int64_t query_count = query.size(2), key_count = key.size(2), width = query.size(3);
  PackedKeys<Tiles> keys(key_count, width);
  PackedValues<Tiles> values(key_count, width);
  for (int64_t sample = 0; sample < query.size(0); ++sample) {
    for (int64_t head = 0; head < query.size(1); ++head) {
      const Rows queries(query, sample, head), key_rows(key, sample, head), value_rows(value, sample, head);
      parallel_for(0, (key_count + 1) / 2, 1024, [&](int64_t first, int64_t last) {
        keys.fill(key_rows, 2 * first, std::min(2 * last, key_count));
        values.fill(value_rows, first, last);
      });
      auto *to = static_cast<c10::BFloat16 *>(output.mutable_data_ptr()) + sample * output.stride(0) +
                 head * output.stride(1);
      parallel_for(0, rounded_up(query_count, query_block) / query_block, 1, [&](int64_t first, int64_t last) {
        QueryBlock<Tiles> block(width);
        for (int64_t row = first * query_block; row < std::min(last * query_block, query_count); row += query_block) {
          attend_block(block, queries, row, keys, values, key_count, scale, to + row * output.stride(2), output.stride(2));
        }
      });
    }
  }
}

bool multiplies_pairs() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bf16");
}

bool multiplies_floats() { return !has_fast_bfloat16() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

void attend_here(
    const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, float scale, at::Tensor &output) {
  multiplies_pairs() ? attend<PairTiles>(query, key, value, scale, output)
                     : attend<FloatTiles>(query, key, value, scale, output);
}
#else
void attend_here(const at::Tensor &, const at::Tensor &, const at::Tensor &, float, at::Tensor &) {}
bool multiplies_pairs() { return false; }
bool multiplies_floats() { return false; }
#endif

// Of fewer queries or keys libtorch's operator takes no time that matters, and sums them in the reference's order.
constexpr int64_t fewest_tokens = 512;

bool can_attend(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value) {
  return (multiplies_pairs() || multiplies_floats()) && query.size(2) >= fewest_tokens && key.size(2) >= fewest_tokens &&
         query.scalar_type() == at::kBFloat16 &&
         key.scalar_type() == at::kBFloat16 && value.scalar_type() == at::kBFloat16;
}

at::Tensor attention(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value) {
  TORCH_CHECK(
      query.dim() == 4 && key.dim() == 4 && value.sizes() == key.sizes() && query.size(0) == key.size(0) &&
          query.size(1) == key.size(1) && query.size(3) == key.size(3) && key.numel() > 0,
      "attention_bfloat16 takes [B, N, S, H] of as many heads, not ", query.sizes(), ", ", key.sizes(), " and ",
      value.sizes());
  if (!can_attend(query, key, value)) return at::scaled_dot_product_attention(query, key, value);
  // The heads of a token lie together, as the next layer wants them.
  auto output =
      at::empty({query.size(0), query.size(2), query.size(1), query.size(3)}, query.options()).transpose(1, 2);
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(query.size(3))));
  const auto with_whole_rows = [](const at::Tensor &x) { return x.stride(3) == 1 ? x : x.contiguous(); };
  attend_here(with_whole_rows(query), with_whole_rows(key), with_whole_rows(value), scale, output);
  return output;
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("attention_bfloat16(Tensor query, Tensor key, Tensor value) -> Tensor");
}

TORCH_LIBRARY_IMPL(layered, CPU, library) { library.impl("attention_bfloat16", layered::attention); }
