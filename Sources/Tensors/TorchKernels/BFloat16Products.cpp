#include "BFloat16Products.h"

#include <ATen/ops/empty.h>

#include <vector>

#include "ProductTasks.h"

namespace layered {
namespace {

#if defined(__x86_64__)
// Products of few rows, bound by the memory that the weights are read from.
struct FewRows {
  // Float32, `width` apart.
  const float *x;
  MatrixRows<uint16_t> w;
  int64_t width;
  // Null: 0.
  const float *bias;
  c10::BFloat16 *output;
};

// The columns `first`..<`last` of the result. Sums are kept apart by eights, so that additions need not wait for each other.
template <int rows>
LAYERED_AVX2 void multiply_columns(const FewRows &product, int64_t first, int64_t last) {
  constexpr int parts = rows == 1 ? 4 : 2;
  constexpr int64_t step = 8 * parts;
  const int64_t width = product.width, whole = width / step * step;
  for (int64_t column = first; column < last; ++column) {
    const uint16_t *weights = product.w.numbers + column * product.w.stride;
    __m256 sums[rows][parts] = {};
    for (int64_t i = 0; i < whole; i += step) {
#pragma clang loop unroll(full)
      for (int part = 0; part < parts; ++part) {
        const auto numbers = _mm256_castsi256_ps(FloatArithmetic::units(weights + i + 8 * part));
#pragma clang loop unroll(full)
        for (int row = 0; row < rows; ++row) {
          sums[row][part] =
              _mm256_fmadd_ps(numbers, _mm256_loadu_ps(product.x + row * width + i + 8 * part), sums[row][part]);
        }
      }
    }
#pragma clang loop unroll(full)
    for (int row = 0; row < rows; ++row) {
      float lanes[8];
      auto all = sums[row][0];
      for (int part = 1; part < parts; ++part) all = _mm256_add_ps(all, sums[row][part]);
      _mm256_storeu_ps(lanes, all);
      float total = product.bias == nullptr ? 0 : product.bias[column];
      for (float lane : lanes) total += lane;
      for (int64_t i = whole; i < width; ++i) {
        const auto bits = static_cast<uint32_t>(weights[i]) << 16;
        float number;
        std::memcpy(&number, &bits, sizeof(number));
        total += number * product.x[row * width + i];
      }
      product.output[row * product.w.count + column] = total;
    }
  }
}

void multiply_few(
    const at::Tensor &x, const MatrixRows<uint16_t> &w, int64_t width, const Finish &finish, c10::BFloat16 *output) {
  static_assert(tile_rows == 6, "a case for each count of rows below a tile");
  const auto *from = static_cast<const c10::BFloat16 *>(x.const_data_ptr());
  const std::vector<float> numbers(from, from + x.numel());
  const FewRows product{numbers.data(), w, width, finish.bias, output};
  const int64_t rows = x.numel() / width;
  const auto multiply = rows == 1   ? multiply_columns<1>
                        : rows == 2 ? multiply_columns<2>
                        : rows == 3 ? multiply_columns<3>
                        : rows == 4 ? multiply_columns<4>
                                    : multiply_columns<5>;
  parallel_for(0, w.count, 64, [&](int64_t first, int64_t last) { multiply(product, first, last); });
}
#endif

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

}  // namespace

bool has_fast_bfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return true;
#endif
}

bool has_few_rows(const at::Tensor &x) {
#if defined(__x86_64__)
  return x.dim() >= 1 && x.numel() < tile_rows * x.size(-1);
#else
  return false;
#endif
}

bool can_multiply_in_float32(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
  return has_avx2() && x.dim() >= 1 && weight.dim() == 2 && x.size(-1) == weight.size(1) && x.numel() > 0 &&
         weight.numel() > 0 && x.scalar_type() == at::kBFloat16 && weight.scalar_type() == at::kBFloat16 &&
         (!bias || (bias->dim() == 1 && bias->size(0) == weight.size(0) && bias->scalar_type() == at::kBFloat16));
}

at::Tensor linear_in_float32(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
  TORCH_CHECK(can_multiply_in_float32(x, weight, bias), "linear_in_float32 does not take these tensors");
  auto shape = x.sizes().vec();
  shape.back() = weight.size(0);
  auto output = at::empty(shape, x.options());
#if defined(__x86_64__)
  const auto rows = x.contiguous();
  const auto columns = weight.contiguous();
  const auto wide_bias = bias ? bias->to(at::kFloat).contiguous() : at::Tensor();
  const int64_t width = weight.size(1);
  const MatrixRows<uint16_t> w{static_cast<const uint16_t *>(columns.const_data_ptr()), width, weight.size(0)};
  const MatrixRows<uint16_t> a{static_cast<const uint16_t *>(rows.const_data_ptr()), width, x.numel() / width};
  Finish finish;
  finish.bias = bias ? static_cast<const float *>(wide_bias.const_data_ptr()) : nullptr;
  auto *to = static_cast<c10::BFloat16 *>(output.mutable_data_ptr());
  if (a.count < tile_rows) {
    multiply_few(rows, w, width, finish, to);
  } else {
    multiply_by_tasks<FloatArithmetic, c10::BFloat16>(a, w, width, finish, to);
  }
#endif
  return output;
}

}  // namespace layered
