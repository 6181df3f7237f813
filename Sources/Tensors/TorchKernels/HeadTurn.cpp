// `layered::norm_and_turn`: brings each head of a token to a root mean square of one, scales its channels and turns
// their pairs by the token's position, in one pass over memory where separate operators take ten.
//
// Rounding is that of the separate operators: after the norm, after the scale and after the turn.
// Shapes: B batch, S tokens, N heads, H head width.

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "Lanes.h"
#include "Processors.h"

namespace layered {
namespace {

constexpr int64_t widest_head = 256;

template <typename Stored>
struct HeadTurn {
  const Stored *input;
  int64_t input_sample_stride;
  int64_t input_token_stride;
  Stored *output;
  const float *weight;
  const float *cosines;
  const float *sines;
  int64_t token_count;
  int64_t head_count;
  int64_t width;
  float epsilon;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    float cosine[widest_head];
    float sine[widest_head];
    for (int64_t index = first; index < last; ++index) {
      const int64_t token = index % token_count;
      for (int64_t pair = 0; pair < width / 2; ++pair) {
        cosine[2 * pair] = cosine[2 * pair + 1] = cosines[token * (width / 2) + pair];
        sine[2 * pair + 1] = sines[token * (width / 2) + pair];
        sine[2 * pair] = -sine[2 * pair + 1];
      }
      const Stored *x = input + index / token_count * input_sample_stride + token * input_token_stride;
      Stored *y = output + index * head_count * width;
      for (int64_t head = 0; head < head_count; ++head) turn(x + head * width, y + head * width, cosine, sine);
    }
  }

  LAYERED_INLINE void turn(const Stored *x, Stored *y, const float *cosine, const float *sine) const {
    Floats lanes;
    Floats squares = 0;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      squares += lanes * lanes;
    });
    const float scale = 1 / std::sqrt(sum(squares) / static_cast<float>(width) + epsilon);
    Floats factor;
    Floats other;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      lanes *= scale;
      Lanes<Stored>::round(lanes);
      Lanes<float>::load(factor, weight + c, count);
      lanes *= factor;
      Lanes<Stored>::round(lanes);
      // The real part takes the imaginary one times the negative sine, the imaginary part the real one times the sine.
      other = __builtin_shufflevector(lanes, lanes, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
      Lanes<float>::load(factor, cosine + c, count);
      lanes *= factor;
      Lanes<float>::load(factor, sine + c, count);
      lanes += other * factor;
      Lanes<Stored>::store(lanes, y + c, count);
    });
  }
};

template <typename Stored>
at::Tensor run(
    const at::Tensor &x, const at::Tensor &weight, const at::Tensor &cosines, const at::Tensor &sines, double epsilon) {
  const auto input = x.stride(3) == 1 && x.stride(2) == x.size(3) ? x : x.contiguous();
  const auto stored = weight.contiguous();
  std::vector<float> widened(stored.numel());
  std::copy_n(static_cast<const Stored *>(stored.const_data_ptr()), stored.numel(), widened.begin());
  const auto wide_cosines = cosines.contiguous(), wide_sines = sines.contiguous();
  auto output = at::empty(x.sizes(), x.options());
  const HeadTurn<Stored> work{
      static_cast<const Stored *>(input.const_data_ptr()), input.stride(0), input.stride(1),
      static_cast<Stored *>(output.mutable_data_ptr()), widened.data(),
      static_cast<const float *>(wide_cosines.const_data_ptr()),
      static_cast<const float *>(wide_sines.const_data_ptr()), x.size(1), x.size(2), x.size(3),
      static_cast<float>(epsilon)};
  const auto perform = work_for_this_processor<HeadTurn<Stored>>();
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, x.size(2) * x.size(3)));
  at::parallel_for(0, x.size(0) * x.size(1), grain, [&](int64_t first, int64_t last) { perform(work, first, last); });
  return output;
}

at::Tensor norm_and_turn(
    const at::Tensor &x, const at::Tensor &weight, const at::Tensor &cosines, const at::Tensor &sines, double epsilon) {
  TORCH_CHECK(
      x.dim() == 4 && x.size(3) % 2 == 0 && x.size(3) <= widest_head,
      "norm_and_turn takes [B, S, N, H] with an even H up to ", widest_head, ", not ", x.sizes());
  TORCH_CHECK(
      weight.dim() == 1 && weight.size(0) == x.size(3) && weight.scalar_type() == x.scalar_type(),
      "norm_and_turn takes one weight for each of ", x.size(3), " channels in their type, not ", weight.sizes(), " of ",
      weight.scalar_type());
  for (const auto &table : {cosines, sines}) {
    TORCH_CHECK(
        table.dim() == 2 && table.size(0) == x.size(1) && table.size(1) == x.size(3) / 2 &&
            table.scalar_type() == at::kFloat,
        "norm_and_turn takes float32 tables [", x.size(1), ", ", x.size(3) / 2, "], not ", table.sizes(), " of ",
        table.scalar_type());
  }
  switch (x.scalar_type()) {
    case at::kFloat:
      return run<float>(x, weight, cosines, sines, epsilon);
    case at::kBFloat16:
      return run<c10::BFloat16>(x, weight, cosines, sines, epsilon);
    default:
      TORCH_CHECK(false, "norm_and_turn takes float32 and bfloat16, not ", x.scalar_type());
  }
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("norm_and_turn(Tensor x, Tensor weight, Tensor cosines, Tensor sines, float epsilon) -> Tensor");
}

TORCH_LIBRARY_IMPL(layered, CPU, library) { library.impl("norm_and_turn", layered::norm_and_turn); }
