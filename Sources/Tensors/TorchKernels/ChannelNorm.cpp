// `layered::channel_norm`: brings the channels of each pixel to the length √C, scales them channel by channel and
// applies SiLU, in one pass over memory where separate operators take six.
//
// Rounding is that of the separate operators: after the division, after each product and after SiLU.

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "Lanes.h"
#include "Processors.h"

namespace layered {
namespace {

template <typename Stored>
struct Pixels;

template <typename Stored>
LAYERED_INLINE void normalize(const Pixels<Stored> &pixels, int64_t first, int64_t last);

template <typename Stored>
struct Pixels {
  const Stored *input;
  Stored *output;
  const float *gamma;
  int64_t channel_count;
  bool applies_silu;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const { normalize(*this, first, last); }
};

template <typename Stored>
LAYERED_INLINE void scale_and_activate(
    Floats &lanes, float divisor, float scale, const Floats &gamma, bool applies_silu) {
  lanes /= divisor;
  Lanes<Stored>::round(lanes);
  lanes *= scale;
  Lanes<Stored>::round(lanes);
  lanes *= gamma;
  if (applies_silu) {
    Lanes<Stored>::round(lanes);
    Floats power = -lanes;
    exponentiate(power);
    lanes /= power + 1;
  }
}

template <typename Stored>
LAYERED_INLINE void normalize(const Pixels<Stored> &pixels, int64_t first, int64_t last) {
  const int64_t channel_count = pixels.channel_count;
  const int64_t whole = channel_count / lane_count * lane_count;
  const int64_t rest = channel_count - whole;
  const float scale = static_cast<float>(std::sqrt(static_cast<double>(channel_count)));
  for (int64_t pixel = first; pixel < last; ++pixel) {
    const Stored *x = pixels.input + pixel * channel_count;
    Stored *y = pixels.output + pixel * channel_count;

    Floats squares = 0;
    Floats lanes;
    for (int64_t c = 0; c < whole; c += lane_count) {
      Lanes<Stored>::load(lanes, x + c, lane_count);
      squares += lanes * lanes;
    }
    if (rest > 0) {
      Lanes<Stored>::load(lanes, x + whole, rest);
      squares += lanes * lanes;
    }
    // A NaN must stay one, which this comparison sees to.
    const float length = std::sqrt(sum(squares));
    const float divisor = length < 1e-12f ? 1e-12f : length;

    Floats gamma;
    for (int64_t c = 0; c < whole; c += lane_count) {
      Lanes<Stored>::load(lanes, x + c, lane_count);
      Lanes<float>::load(gamma, pixels.gamma + c, lane_count);
      scale_and_activate<Stored>(lanes, divisor, scale, gamma, pixels.applies_silu);
      Lanes<Stored>::store(lanes, y + c, lane_count);
    }
    if (rest > 0) {
      Lanes<Stored>::load(lanes, x + whole, rest);
      Lanes<float>::load(gamma, pixels.gamma + whole, rest);
      scale_and_activate<Stored>(lanes, divisor, scale, gamma, pixels.applies_silu);
      Lanes<Stored>::store(lanes, y + whole, rest);
    }
  }
}

template <typename Stored>
void run(const at::Tensor &input, const at::Tensor &gamma, bool applies_silu, at::Tensor &output) {
  const auto stored = gamma.contiguous();
  std::vector<float> widened(stored.numel());
  std::copy_n(static_cast<const Stored *>(stored.const_data_ptr()), stored.numel(), widened.begin());
  const Pixels<Stored> pixels{
      static_cast<const Stored *>(input.const_data_ptr()), static_cast<Stored *>(output.mutable_data_ptr()),
      widened.data(), input.size(1), applies_silu};
  const auto perform = work_for_this_processor<Pixels<Stored>>();
  const int64_t pixel_count = input.size(0) * input.size(2) * input.size(3);
  const int64_t grain = std::max<int64_t>(1, 32768 / pixels.channel_count);
  at::parallel_for(0, pixel_count, grain, [&](int64_t first, int64_t last) { perform(pixels, first, last); });
}

void check_and_run(const at::Tensor &input, const at::Tensor &gamma, bool applies_silu, at::Tensor &output) {
  TORCH_CHECK(input.dim() == 4, "channel_norm takes [B, C, H, W], not ", input.sizes());
  TORCH_CHECK(
      gamma.numel() == input.size(1) && gamma.numel() > 0 && gamma.scalar_type() == input.scalar_type(),
      "channel_norm takes one gamma for each of ", input.size(1), " channels in their type, not ", gamma.sizes(), " of ",
      gamma.scalar_type());
  switch (input.scalar_type()) {
    case at::kFloat:
      return run<float>(input, gamma, applies_silu, output);
    case at::kBFloat16:
      return run<c10::BFloat16>(input, gamma, applies_silu, output);
    default:
      TORCH_CHECK(false, "channel_norm takes float32 and bfloat16, not ", input.scalar_type());
  }
}

at::Tensor channel_norm(const at::Tensor &x, const at::Tensor &gamma, bool applies_silu) {
  const auto input = x.contiguous(at::MemoryFormat::ChannelsLast);
  auto output = at::empty_like(input);
  check_and_run(input, gamma, applies_silu, output);
  return output;
}

at::Tensor &channel_norm_in_place(at::Tensor &x, const at::Tensor &gamma, bool applies_silu) {
  if (!x.is_contiguous(at::MemoryFormat::ChannelsLast)) return x.copy_(channel_norm(x, gamma, applies_silu));
  check_and_run(x, gamma, applies_silu, x);
  return x;
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("channel_norm(Tensor x, Tensor gamma, bool silu) -> Tensor");
  library.def("channel_norm_(Tensor(a!) x, Tensor gamma, bool silu) -> Tensor(a!)");
}

TORCH_LIBRARY_IMPL(layered, CPU, library) {
  library.impl("channel_norm", layered::channel_norm);
  library.impl("channel_norm_", layered::channel_norm_in_place);
}
