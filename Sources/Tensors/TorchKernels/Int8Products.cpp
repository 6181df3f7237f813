// Matrix products of int8 numbers: `layered::quantize_rows` and `layered::linear_int8`.
//
// A row of a matrix, a token or what one output of a layer weighs its inputs with, is kept as whole numbers of -127...127 and
// one factor. Products of them are summed exactly; rounding to int8 is all that is lost.
// oneDNN's int8 products need VNNI: without it they take forty times as long as float32 (EPYC 7003).

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <cmath>
#include <limits>
#include <vector>

#include "Lanes.h"
#include "ParallelRanges.h"
#include "ProductTasks.h"
#include "Processors.h"

namespace layered {
namespace {

using Bytes = int8_t __attribute__((ext_vector_type(16)));

// Rows as whole numbers of -127...127 times a factor each. A row with an infinity or a NaN gets NaN for its factor, so that what
// is computed with it shows.
template <typename Stored>
struct RowQuantization {
  const Stored *input;
  int64_t width;
  int8_t *output;
  float *scales;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    Floats x;
    for (int64_t row = first; row < last; ++row) {
      const Stored *from = input + row * width;
      Floats tops = 0;
      Integers finite = -1;
      for_each_lanes(width, [&](int64_t i, int64_t count) LAYERED_INLINE_LAMBDA {
        Lanes<Stored>::load(x, from + i, count);
        x = (Floats)((Integers)x & 0x7FFFFFFF);
        finite &= x < std::numeric_limits<float>::infinity();
        tops = tops < x ? x : tops;
      });
      float top = 0;
      int32_t is_finite = -1;
      for (int64_t i = 0; i < lane_count; ++i) {
        top = tops[i] > top ? tops[i] : top;
        is_finite &= finite[i];
      }
      if (is_finite == 0) {
        scales[row] = std::numeric_limits<float>::quiet_NaN();
        std::memset(output + row * width, 0, width);
        continue;
      }
      // The factor of numbers too small for the inverse is 0.
      const float inverse = top > std::numeric_limits<float>::min() * 127 ? 127 / top : 0;
      scales[row] = inverse > 0 ? top / 127 : 0;
      for_each_lanes(width, [&](int64_t i, int64_t count) LAYERED_INLINE_LAMBDA {
        Lanes<Stored>::load(x, from + i, count);
        // Adding 1.5 * 2^23 leaves no room for a fraction: ties go to even.
        x = (x * inverse + 12582912.0f) - 12582912.0f;
        const Bytes bytes = __builtin_convertvector(__builtin_convertvector(x, Integers), Bytes);
        std::memcpy(output + row * width + i, &bytes, count);
      });
    }
  }
};

template <typename Stored>
void quantize(const at::Tensor &x, at::Tensor &numbers, at::Tensor &scales) {
  const int64_t width = x.size(-1);
  const RowQuantization<Stored> work{
      static_cast<const Stored *>(x.const_data_ptr()), width, static_cast<int8_t *>(numbers.mutable_data_ptr()),
      static_cast<float *>(scales.mutable_data_ptr())};
  const auto perform = work_for_this_processor<RowQuantization<Stored>>();
  parallel_for(0, scales.numel(), std::max<int64_t>(1, 65536 / std::max<int64_t>(width, 1)), [&](int64_t first, int64_t last) {
    perform(work, first, last);
  });
}

std::tuple<at::Tensor, at::Tensor> quantize_rows(const at::Tensor &x) {
  TORCH_CHECK(
      x.dim() > 0 && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16),
      "quantize_rows takes rows in float32 and bfloat16, not ", x.scalar_type(), " of shape ", x.sizes());
  const auto rows = x.contiguous();
  auto numbers = at::empty(rows.sizes(), rows.options().dtype(at::kChar));
  auto scales = at::empty(rows.sizes().slice(0, rows.dim() - 1), rows.options().dtype(at::kFloat));
  if (rows.numel() > 0) {
    rows.scalar_type() == at::kFloat ? quantize<float>(rows, numbers, scales)
                                     : quantize<c10::BFloat16>(rows, numbers, scales);
  } else {
    scales.zero_();
  }
  return {numbers, scales};
}

// Sums of few rows, which are bound by the memory that the weights are read from.
struct FewRows {
  MatrixRows<int8_t> x, w;
  int64_t width;
  // The rows of x, `width` apart.
  const int16_t *words;
};

// Of row `column` of W and every row of x.
LAYERED_INLINE void sum_products(const FewRows &product, int64_t column, int32_t *totals) {
  const int8_t *weights = product.w.numbers + column * product.w.stride;
  for (int64_t row = 0; row < product.x.count; ++row) {
    const int16_t *numbers = product.words + row * product.width;
    int32_t total = 0;
    for (int64_t i = 0; i < product.width; ++i) total += static_cast<int32_t>(numbers[i]) * weights[i];
    totals[row] = total;
  }
}

#if defined(__x86_64__)
LAYERED_AVX2 void sum_products_avx2(const FewRows &product, int64_t column, int32_t *totals) {
  const int8_t *weights = product.w.numbers + column * product.w.stride;
  const int64_t whole = product.width / 32 * 32;
  for (int64_t row = 0; row < product.x.count; ++row) {
    const int16_t *numbers = product.words + row * product.width;
    __m256i low = _mm256_setzero_si256(), high = low;
    for (int64_t i = 0; i < whole; i += 32) {
      low = _mm256_add_epi32(
          low, _mm256_madd_epi16(
                   PairArithmetic::units(weights + i),
                   _mm256_loadu_si256(reinterpret_cast<const __m256i *>(numbers + i))));
      high = _mm256_add_epi32(
          high, _mm256_madd_epi16(
                    PairArithmetic::units(weights + i + 16),
                    _mm256_loadu_si256(reinterpret_cast<const __m256i *>(numbers + i + 16))));
    }
    int32_t lanes[8];
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(lanes), _mm256_add_epi32(low, high));
    int32_t total = 0;
    for (int32_t lane : lanes) total += lane;
    for (int64_t i = whole; i < product.width; ++i) total += static_cast<int32_t>(numbers[i]) * weights[i];
    totals[row] = total;
  }
}
#endif

template <typename Result>
void multiply_few(const FewRows &product, const Finish &finish, bool has_avx2, Result *output) {
  parallel_for(0, product.w.count, 64, [&](int64_t first, int64_t last) {
    std::vector<int32_t> totals(product.x.count);
    for (int64_t column = first; column < last; ++column) {
#if defined(__x86_64__)
      has_avx2 ? sum_products_avx2(product, column, totals.data()) : sum_products(product, column, totals.data());
#else
      sum_products(product, column, totals.data());
#endif
      for (int64_t row = 0; row < product.x.count; ++row) {
        float x = static_cast<float>(totals[row]) * (finish.row_scales[row] * finish.column_scales[column]) +
                  (finish.bias == nullptr ? 0 : finish.bias[column]);
        if (finish.applies_gelu) {
          Floats lanes = x;
          apply_tanh_gelu(lanes);
          x = lanes[0];
        }
        output[row * product.w.count + column] = x;
      }
    }
  });
}

bool multiplies_quads() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

bool multiplies_words() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

template <typename Result>
void multiply_rows(
    const MatrixRows<int8_t> &x, const MatrixRows<int8_t> &w, int64_t width, const Finish &finish, Result *output) {
#if defined(__x86_64__)
  if (x.count >= tile_rows && multiplies_quads()) {
    return multiply_by_tasks<QuadArithmetic, Result>(x, w, width, finish, output);
  }
  if (x.count >= tile_rows && multiplies_words()) {
    return multiply_by_tasks<PairArithmetic, Result>(x, w, width, finish, output);
  }
#endif
  const std::vector<int16_t> words(x.numbers, x.numbers + x.count * width);
  multiply_few<Result>({x, w, width, words.data()}, finish, multiplies_words(), output);
}

// activation((x Wᵀ) + b) for `x` [..., K], `weight` [N, K] in int8, `scales` [N] in float32, `bias` [N].
at::Tensor linear_int8(
    const at::Tensor &x, const at::Tensor &weight, const at::Tensor &scales, const std::optional<at::Tensor> &bias,
    bool applies_gelu) {
  TORCH_CHECK(
      x.dim() > 0 && weight.dim() == 2 && x.size(-1) == weight.size(1) && weight.scalar_type() == at::kChar &&
          scales.dim() == 1 && scales.size(0) == weight.size(0) && scales.scalar_type() == at::kFloat &&
          (!bias || (bias->dim() == 1 && bias->size(0) == weight.size(0))),
      "linear_int8 takes x [..., K], int8 [N, K], float32 [N] and a bias [N], not ", x.sizes(), ", ", weight.sizes(),
      " of ", weight.scalar_type(), " and ", scales.sizes(), " of ", scales.scalar_type());
  // Sums of more products of two int8 numbers could leave int32.
  TORCH_CHECK(weight.size(1) <= 1 << 17, "linear_int8 sums at most 131072 products, not ", weight.size(1));
  const auto [numbers, row_scales] = quantize_rows(x);
  auto shape = x.sizes().vec();
  shape.back() = weight.size(0);
  auto output = at::empty(shape, x.options());
  if (output.numel() == 0) return output;
  const auto w = weight.contiguous();
  const auto column_scales = scales.contiguous();
  const auto wide_bias = bias ? bias->to(at::kFloat).contiguous() : at::Tensor();
  const int64_t width = weight.size(1);
  const MatrixRows<int8_t> rows{static_cast<const int8_t *>(numbers.const_data_ptr()), width, row_scales.numel()};
  const MatrixRows<int8_t> columns{static_cast<const int8_t *>(w.const_data_ptr()), width, weight.size(0)};
  const Finish finish{
      static_cast<const float *>(row_scales.const_data_ptr()), static_cast<const float *>(column_scales.const_data_ptr()),
      bias ? static_cast<const float *>(wide_bias.const_data_ptr()) : nullptr, applies_gelu};
  if (x.scalar_type() == at::kFloat) {
    multiply_rows(rows, columns, width, finish, static_cast<float *>(output.mutable_data_ptr()));
  } else {
    multiply_rows(rows, columns, width, finish, static_cast<c10::BFloat16 *>(output.mutable_data_ptr()));
  }
  return output;
}

// Rounding has no gradient, and a wrong one would go unnoticed.
at::Tensor unrecorded_linear_int8(
    const at::Tensor &x, const at::Tensor &weight, const at::Tensor &scales, const std::optional<at::Tensor> &bias,
    bool applies_gelu) {
  TORCH_CHECK(
      !(at::GradMode::is_enabled() && (x.requires_grad() || scales.requires_grad() || (bias && bias->requires_grad()))),
      "linear_int8 records no gradients");
  at::AutoDispatchBelowADInplaceOrView below;
  return linear_int8(x, weight, scales, bias, applies_gelu);
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("quantize_rows(Tensor x) -> (Tensor, Tensor)");
  library.def("linear_int8(Tensor x, Tensor weight, Tensor scales, Tensor? bias, bool gelu) -> Tensor");
}

TORCH_LIBRARY_IMPL(layered, CPU, library) {
  library.impl("quantize_rows", layered::quantize_rows);
  library.impl("linear_int8", layered::linear_int8);
}

TORCH_LIBRARY_IMPL(layered, AutogradCPU, library) { library.impl("linear_int8", layered::unrecorded_linear_int8); }
