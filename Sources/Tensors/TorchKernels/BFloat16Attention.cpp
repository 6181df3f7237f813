// `layered::attention_bfloat16`: softmax attention of bfloat16 numbers in one pass over the keys, never holding all
// scores.
//
// The products run on the processor's own pairs of bfloat16 numbers with float32 sums. The softmax runs in float32, its
// weights are rounded to bfloat16 before they meet the values, as in libtorch's own operator.
// Shapes: B batch, Q queries, K keys, N heads, H head width.

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "Lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace layered {
namespace {

#if defined(__x86_64__)
#define LAYERED_PAIRS __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))

// Two bfloat16 numbers beside each other, the unit that the processor multiplies.
using Pair = uint32_t;

// Sums of six rows by four vectors fill the registers.
constexpr int64_t row_count = 6;
constexpr int64_t vector_count = 4;
constexpr int64_t tile_width = vector_count * lane_count;
// Of the queries and keys that are worked on together; their scores stay in the second cache.
constexpr int64_t query_block = 16 * row_count;
constexpr int64_t key_block = 4 * tile_width;

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

// The keys of a head as tiles `[H / 2, tile_width]` of pairs of neighbouring channels; zeros beyond the last.
struct PackedKeys {
  std::vector<Pair> pairs;
  int64_t pair_count;

  PackedKeys(int64_t count, int64_t width)
      : pairs(rounded_up(count, key_block) * rounded_up(width, tile_width) / 2),
        pair_count(rounded_up(width, tile_width) / 2) {}

  const Pair *tile(int64_t first_key) const { return pairs.data() + first_key * pair_count; }

  void fill(const Rows &keys, int64_t first, int64_t last) {
    for (int64_t key = first; key < last; ++key) {
      const uint16_t *row = keys.numbers + key * keys.stride;
      Pair *column = pairs.data() + key / tile_width * tile_width * pair_count + key % tile_width;
      for (int64_t c = 0; c < keys.width; ++c) {
        Pair &pair = column[c / 2 * tile_width];
        pair = c % 2 == 0 ? row[c] : pair | static_cast<Pair>(row[c]) << 16;
      }
    }
  }
};

// The values of a head as tiles `[K / 2, tile_width]` of pairs of neighbouring keys; zeros beyond the last.
struct PackedValues {
  std::vector<Pair> pairs;
  int64_t pair_count;

  PackedValues(int64_t count, int64_t width)
      : pairs(rounded_up(count, key_block) * rounded_up(width, tile_width) / 2),
        pair_count(rounded_up(count, key_block) / 2) {}

  const Pair *tile(int64_t first_column, int64_t first_key) const {
    return pairs.data() + first_column * pair_count + first_key / 2 * tile_width;
  }

  // From pair `first` of keys up to pair `last`.
  void fill(const Rows &values, int64_t first, int64_t last) {
    for (int64_t pair = first; pair < last; ++pair) {
      const uint16_t *low = values.numbers + 2 * pair * values.stride;
      const uint16_t *high = 2 * pair + 1 < values.count ? low + values.stride : nullptr;
      for (int64_t c = 0; c < values.width; ++c) {
        const Pair upper = high == nullptr ? 0 : high[c];
        pairs[(c / tile_width * pair_count + pair) * tile_width + c % tile_width] = low[c] | upper << 16;
      }
    }
  }
};

// sums = sums * factors + a b for six rows of `a` and one tile `b`; without factors the sums start from zero.
LAYERED_PAIRS inline void multiply_tile(
    const Pair *a, int64_t a_stride, const Pair *b, int64_t pair_count, const float *factors, float *sums,
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
  for (int64_t pair = 0; pair < pair_count; ++pair) {
    __m512bh columns[vector_count];
#pragma clang loop unroll(full)
    for (int64_t v = 0; v < vector_count; ++v) {
      columns[v] = (__m512bh)_mm512_loadu_si512(b + pair * tile_width + v * lane_count);
    }
#pragma clang loop unroll(full)
    for (int64_t row = 0; row < row_count; ++row) {
      const auto number = (__m512bh)_mm512_set1_epi32(static_cast<int32_t>(a[row * a_stride + pair]));
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

// What is known of the softmax of one query after some of its keys.
struct RunningSoftmax {
  float greatest = -std::numeric_limits<float>::infinity();
  float sum = 0;

  // Turns scores into weights relative to the greatest score so far, zeros behind the last, and gives the factor that
  // brings what was summed before to the same measure.
  LAYERED_PAIRS inline float advance(const float *scores, int64_t count, float scale, c10::BFloat16 *weights) {
    constexpr float lowest = -std::numeric_limits<float>::infinity();
    const int64_t whole = count / lane_count * lane_count;
    Floats lanes;
    Floats tops = lowest;
    for (int64_t key = 0; key < whole; key += lane_count) {
      Lanes<float>::load(lanes, scores + key, lane_count);
      tops = tops < lanes ? lanes : tops;
    }
    float top = _mm512_reduce_max_ps((__m512)tops);
    for (int64_t key = whole; key < count; ++key) top = std::max(top, scores[key]);
    const float before = greatest;
    greatest = std::max(greatest, top * scale);

    Floats totals = 0;
    for (int64_t key = 0; key < count; key += lane_count) {
      Lanes<float>::load(lanes, scores + key, lane_count);
      lanes = lanes * scale - greatest;
      exponentiate(lanes);
      if (key + lane_count > count) {
        for (int64_t i = 0; i < lane_count; ++i) lanes[i] = key + i < count ? lanes[i] : 0;
      }
      totals += lanes;
      Lanes<c10::BFloat16>::store(lanes, weights + key, lane_count);
    }
    Floats factor = before - greatest;
    exponentiate(factor);
    sum = sum * factor[0] + layered::sum(totals);
    return factor[0];
  }
};

// The attention of up to `query_block` queries of a head to all its keys.
class QueryBlock {
 public:
  QueryBlock(int64_t width)
      : width_(rounded_up(width, tile_width)), queries_(query_block * width_ / 2), scores_(query_block * key_block),
        weights_(query_block * key_block), mixed_(query_block * width_) {}

  LAYERED_PAIRS void attend(
      const Rows &queries, int64_t first, const PackedKeys &keys, const PackedValues &values, int64_t key_count,
      float scale, c10::BFloat16 *output, int64_t output_stride) {
    const int64_t count = std::min(query_block, queries.count - first);
    const int64_t rows = rounded_up(count, row_count);
    take(queries, first, count);
    std::fill(mixed_.begin(), mixed_.end(), 0.0f);
    RunningSoftmax softmax[query_block];
    float factors[query_block] = {};
    const auto *weight_pairs = reinterpret_cast<const Pair *>(weights_.data());
    for (int64_t key = 0; key < key_count; key += key_block) {
      const int64_t seen = std::min(key_block, key_count - key);
      for (int64_t tile = 0; tile < seen; tile += tile_width) {
        for (int64_t row = 0; row < rows; row += row_count) {
          multiply_tile(
              queries_.data() + row * width_ / 2, width_ / 2, keys.tile(key + tile), width_ / 2, nullptr,
              scores_.data() + row * key_block + tile, key_block);
        }
      }
      for (int64_t row = 0; row < rows; ++row) {
        factors[row] = softmax[row].advance(
            scores_.data() + row * key_block, seen, scale, weights_.data() + row * key_block);
      }
      for (int64_t column = 0; column < width_; column += tile_width) {
        for (int64_t row = 0; row < rows; row += row_count) {
          multiply_tile(
              weight_pairs + row * key_block / 2, key_block / 2, values.tile(column, key), (seen + 1) / 2,
              factors + row, mixed_.data() + row * width_ + column, width_);
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
      std::memcpy(
          queries_.data() + row * width_ / 2, queries.numbers + (first + row) * queries.stride,
          queries.width * sizeof(uint16_t));
    }
  }

  int64_t width_;
  std::vector<Pair> queries_;
  std::vector<float> scores_;
  std::vector<c10::BFloat16> weights_;
  std::vector<float> mixed_;
};

void attend(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, float scale, at::Tensor &output) {
  const int64_t query_count = query.size(2), key_count = key.size(2), width = query.size(3);
  PackedKeys keys(key_count, width);
  PackedValues values(key_count, width);
  for (int64_t sample = 0; sample < query.size(0); ++sample) {
    for (int64_t head = 0; head < query.size(1); ++head) {
      const Rows queries(query, sample, head), key_rows(key, sample, head), value_rows(value, sample, head);
      at::parallel_for(0, (key_count + 1) / 2, 1024, [&](int64_t first, int64_t last) {
        keys.fill(key_rows, 2 * first, std::min(2 * last, key_count));
        values.fill(value_rows, first, last);
      });
      auto *to = static_cast<c10::BFloat16 *>(output.mutable_data_ptr()) + sample * output.stride(0) +
                 head * output.stride(1);
      at::parallel_for(0, rounded_up(query_count, query_block) / query_block, 1, [&](int64_t first, int64_t last) {
        QueryBlock block(width);
        for (int64_t row = first * query_block; row < std::min(last * query_block, query_count); row += query_block) {
          block.attend(queries, row, keys, values, key_count, scale, to + row * output.stride(2), output.stride(2));
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
#else
void attend(const at::Tensor &, const at::Tensor &, const at::Tensor &, float, at::Tensor &) {}
bool multiplies_pairs() { return false; }
#endif

// Of fewer queries or keys libtorch's operator takes no time that matters, and sums them in the reference's order.
constexpr int64_t fewest_tokens = 512;

bool can_attend(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value) {
  return multiplies_pairs() && query.size(2) >= fewest_tokens && key.size(2) >= fewest_tokens &&
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
  attend(with_whole_rows(query), with_whole_rows(key), with_whole_rows(value), scale, output);
  return output;
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("attention_bfloat16(Tensor query, Tensor key, Tensor value) -> Tensor");
}

TORCH_LIBRARY_IMPL(layered, CPU, library) { library.impl("attention_bfloat16", layered::attention); }
