// `layered::channel_norm`: brings the channels of each pixel to the length √C, scales them channel by channel and
// applies SiLU, in one pass over memory where separate operators take six.
//
// Rounding is that of the separate operators: after the division, after each product and after SiLU. Gradients are rounded
// once, at their end.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "Lanes.h"
#include "ParallelRanges.h"
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

// The gradient of every pixel in `output`; that of gamma is added to a row of `sums` for each thread.
//
// With n for the pixel of length one, l for its length, y = n √C γ, s = 1 / (1 + e^-y) and e = g s (1 + y (1 - s)) √C γ, or
// g √C γ without SiLU, the gradient of a pixel is (e - n sum(e n)) / l; gamma gets the sum of e n / γ over the pixels.
template <typename Stored>
struct PixelGradients {
  const Stored *input;
  const Stored *gradient;
  Stored *output;
  const float *gamma;
  float *sums;
  int64_t channel_count;
  bool applies_silu;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    const float scale = static_cast<float>(std::sqrt(static_cast<double>(channel_count)));
    float *of_gamma = sums + at::get_thread_num() * channel_count;
    Floats lanes;
    Floats g;
    Floats factor;
    Floats totals;
    for (int64_t pixel = first; pixel < last; ++pixel) {
      const Stored *x = input + pixel * channel_count;
      const Stored *given = gradient + pixel * channel_count;
      Stored *y = output + pixel * channel_count;
      Floats squares = 0;
      for_each_lanes(channel_count, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
        Lanes<Stored>::load(lanes, x + c, count);
        squares += lanes * lanes;
      });
      const float length = std::sqrt(sum(squares));
      const float divisor = length < 1e-12f ? 1e-12f : length;
      Floats along = 0;
      for_each_lanes(channel_count, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
        before_norm(x + c, given + c, gamma + c, count, divisor, scale, lanes, g, factor);
        Lanes<float>::load(totals, of_gamma + c, count);
        totals += g * lanes * scale;
        Lanes<float>::store(totals, of_gamma + c, count);
        along += g * factor * scale * lanes;
      });
      // A pixel of no length has no direction that its length could follow.
      const float share = length < 1e-12f ? 0 : sum(along);
      for_each_lanes(channel_count, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
        before_norm(x + c, given + c, gamma + c, count, divisor, scale, lanes, g, factor);
        lanes = (g * factor * scale - lanes * share) / divisor;
        Lanes<Stored>::store(lanes, y + c, count);
      });
    }
  }

  // The normalised numbers n, the gradient before SiLU, and gamma.
  LAYERED_INLINE void before_norm(
      const Stored *x, const Stored *given, const float *gammas, int64_t count, float divisor, float scale, Floats &n,
      Floats &g, Floats &factor) const {
    Lanes<Stored>::load(n, x, count);
    n /= divisor;
    Lanes<Stored>::load(g, given, count);
    Lanes<float>::load(factor, gammas, count);
    if (!applies_silu) return;
    const Floats activated = n * scale * factor;
    Floats power = -activated;
    exponentiate(power);
    const Floats s = 1 / (power + 1);
    g *= s * (activated * (1 - s) + 1);
  }
};

template <typename Stored>
std::vector<float> widened_numbers(const at::Tensor &gamma) {
  const auto stored = gamma.contiguous();
  std::vector<float> widened(stored.numel());
  std::copy_n(static_cast<const Stored *>(stored.const_data_ptr()), stored.numel(), widened.begin());
  return widened;
}

template <typename Work>
void for_each_pixel(const at::Tensor &input, const Work &work) {
  const auto perform = work_for_this_processor<Work>();
  const int64_t pixel_count = input.size(0) * input.size(2) * input.size(3);
  const int64_t grain = std::max<int64_t>(1, 32768 / input.size(1));
  parallel_for(0, pixel_count, grain, [&](int64_t first, int64_t last) { perform(work, first, last); });
}

template <typename Stored>
void run(const at::Tensor &input, const at::Tensor &gamma, bool applies_silu, at::Tensor &output) {
  const auto widened = widened_numbers<Stored>(gamma);
  for_each_pixel(input, Pixels<Stored>{
      static_cast<const Stored *>(input.const_data_ptr()), static_cast<Stored *>(output.mutable_data_ptr()),
      widened.data(), input.size(1), applies_silu});
}

template <typename Stored>
torch::autograd::variable_list gradients_of(
    const at::Tensor &input, const at::Tensor &gamma, const at::Tensor &gradient, bool applies_silu) {
  const auto widened = widened_numbers<Stored>(gamma);
  auto output = at::empty_like(input);
  auto sums = at::zeros({at::get_num_threads(), input.size(1)}, input.options().dtype(at::kFloat));
  for_each_pixel(
      input, PixelGradients<Stored>{
                 static_cast<const Stored *>(input.const_data_ptr()),
                 static_cast<const Stored *>(gradient.const_data_ptr()),
                 static_cast<Stored *>(output.mutable_data_ptr()), widened.data(), sums.template data_ptr<float>(),
                 input.size(1), applies_silu});
  return {output, sums.sum(0).to(gamma.scalar_type()).reshape(gamma.sizes()), at::Tensor()};
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

struct RecordedChannelNorm : torch::autograd::Function<RecordedChannelNorm> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &x, const at::Tensor &gamma, bool applies_silu) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x, gamma});
    context->saved_data["silu"] = applies_silu;
    return channel_norm(x, gamma, applies_silu);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, const torch::autograd::variable_list &gradients) {
    const auto saved = context->get_saved_variables();
    const auto x = saved[0].contiguous(at::MemoryFormat::ChannelsLast);
    const auto gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const bool applies_silu = context->saved_data["silu"].toBool();
    return x.scalar_type() == at::kFloat ? gradients_of<float>(x, saved[1], gradient, applies_silu)
                                         : gradients_of<c10::BFloat16>(x, saved[1], gradient, applies_silu);
  }
};

at::Tensor recorded_channel_norm(const at::Tensor &x, const at::Tensor &gamma, bool applies_silu) {
  return RecordedChannelNorm::apply(x, gamma, applies_silu);
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

TORCH_LIBRARY_IMPL(layered, AutogradCPU, library) { library.impl("channel_norm", layered::recorded_channel_norm); }
