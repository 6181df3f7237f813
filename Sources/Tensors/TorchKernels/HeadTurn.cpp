// `layered::norm_and_turn`: brings each head of a token to a root mean square of one, scales its channels and turns
// their pairs by the token's position, in one pass over memory where separate operators take ten.
//
// Rounding is that of the separate operators: after the norm, after the scale and after the turn. Gradients are rounded
// once, at their end.
// Shapes: B batch, S tokens, N heads, H head width.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
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

// The gradient of every head in `output`; that of the weight is added to a row of `sums` for each thread.
//
// With t for the gradient turned back, n for the normalised head, r for the factor of the norm and e = t weight, the
// gradient of a head is r (e - n mean(e n)); the weight gets the sum of t n over all heads.
template <typename Stored>
struct HeadTurnGradient {
  const Stored *input;
  int64_t input_sample_stride;
  int64_t input_token_stride;
  const Stored *gradient;
  Stored *output;
  const float *weight;
  const float *cosines;
  const float *sines;
  float *sums;
  int64_t token_count;
  int64_t head_count;
  int64_t width;
  float epsilon;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    float cosine[widest_head];
    float sine[widest_head];
    float *of_weight = sums + at::get_thread_num() * width;
    for (int64_t index = first; index < last; ++index) {
      const int64_t token = index % token_count;
      for (int64_t pair = 0; pair < width / 2; ++pair) {
        cosine[2 * pair] = cosine[2 * pair + 1] = cosines[token * (width / 2) + pair];
        // The other way round.
        sine[2 * pair] = sines[token * (width / 2) + pair];
        sine[2 * pair + 1] = -sine[2 * pair];
      }
      const Stored *x = input + index / token_count * input_sample_stride + token * input_token_stride;
      const int64_t start = index * head_count * width;
      for (int64_t head = 0; head < head_count; ++head) {
        differentiate(
            x + head * width, gradient + start + head * width, output + start + head * width, cosine, sine, of_weight);
      }
    }
  }

  LAYERED_INLINE void differentiate(
      const Stored *x, const Stored *g, Stored *y, const float *cosine, const float *sine, float *of_weight) const {
    float turned[widest_head];
    Floats lanes;
    Floats squares = 0;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      squares += lanes * lanes;
    });
    const float scale = 1 / std::sqrt(sum(squares) / static_cast<float>(width) + epsilon);
    Floats factor;
    Floats other;
    Floats along = 0;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, g + c, count);
      other = __builtin_shufflevector(lanes, lanes, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
      Lanes<float>::load(factor, cosine + c, count);
      lanes *= factor;
      Lanes<float>::load(factor, sine + c, count);
      lanes += other * factor;
      Lanes<Stored>::load(other, x + c, count);
      other *= scale;
      Lanes<float>::load(factor, of_weight + c, count);
      factor += lanes * other;
      Lanes<float>::store(factor, of_weight + c, count);
      Lanes<float>::load(factor, weight + c, count);
      lanes *= factor;
      Lanes<float>::store(lanes, turned + c, count);
      along += lanes * other;
    });
    const float mean = sum(along) / static_cast<float>(width);
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(other, x + c, count);
      Lanes<float>::load(lanes, turned + c, count);
      lanes = scale * (lanes - other * scale * mean);
      Lanes<Stored>::store(lanes, y + c, count);
    });
  }
};

template <typename Stored>
std::vector<float> widened(const at::Tensor &weight) {
  const auto stored = weight.contiguous();
  std::vector<float> numbers(stored.numel());
  std::copy_n(static_cast<const Stored *>(stored.const_data_ptr()), stored.numel(), numbers.begin());
  return numbers;
}

template <typename Work>
void for_each_token(const at::Tensor &x, const Work &work) {
  const auto perform = work_for_this_processor<Work>();
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, x.size(2) * x.size(3)));
  parallel_for(0, x.size(0) * x.size(1), grain, [&](int64_t first, int64_t last) { perform(work, first, last); });
}

at::Tensor with_whole_tokens(const at::Tensor &x) {
  return x.stride(3) == 1 && x.stride(2) == x.size(3) ? x : x.contiguous();
}

template <typename Stored>
at::Tensor run(
    const at::Tensor &x, const at::Tensor &weight, const at::Tensor &cosines, const at::Tensor &sines, double epsilon) {
  const auto input = with_whole_tokens(x);
  const auto weights = widened<Stored>(weight);
  const auto wide_cosines = cosines.contiguous(), wide_sines = sines.contiguous();
  auto output = at::empty(x.sizes(), x.options());
  const HeadTurn<Stored> work{
      static_cast<const Stored *>(input.const_data_ptr()), input.stride(0), input.stride(1),
      static_cast<Stored *>(output.mutable_data_ptr()), weights.data(),
      static_cast<const float *>(wide_cosines.const_data_ptr()),
      static_cast<const float *>(wide_sines.const_data_ptr()), x.size(1), x.size(2), x.size(3),
      static_cast<float>(epsilon)};
  for_each_token(x, work);
  return output;
}

template <typename Stored>
torch::autograd::variable_list gradients_of(
    const at::Tensor &x, const at::Tensor &weight, const at::Tensor &cosines, const at::Tensor &sines,
    const at::Tensor &gradient, double epsilon) {
  const auto input = with_whole_tokens(x);
  const auto weights = widened<Stored>(weight);
  const auto wide_cosines = cosines.contiguous(), wide_sines = sines.contiguous();
  const auto whole = gradient.contiguous();
  auto output = at::empty(x.sizes(), x.options());
  auto sums = at::zeros({at::get_num_threads(), x.size(3)}, x.options().dtype(at::kFloat));
  for_each_token(
      x, HeadTurnGradient<Stored>{
             static_cast<const Stored *>(input.const_data_ptr()), input.stride(0), input.stride(1),
             static_cast<const Stored *>(whole.const_data_ptr()), static_cast<Stored *>(output.mutable_data_ptr()),
             weights.data(), static_cast<const float *>(wide_cosines.const_data_ptr()),
             static_cast<const float *>(wide_sines.const_data_ptr()), sums.template data_ptr<float>(), x.size(1),
             x.size(2), x.size(3), static_cast<float>(epsilon)});
  return {output, sums.sum(0).to(weight.scalar_type()), at::Tensor(), at::Tensor(), at::Tensor()};
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

struct RecordedNormAndTurn : torch::autograd::Function<RecordedNormAndTurn> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &x, const at::Tensor &weight,
      const at::Tensor &cosines, const at::Tensor &sines, double epsilon) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x, weight, cosines, sines});
    context->saved_data["epsilon"] = epsilon;
    return norm_and_turn(x, weight, cosines, sines, epsilon);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, const torch::autograd::variable_list &gradients) {
    const auto saved = context->get_saved_variables();
    const double epsilon = context->saved_data["epsilon"].toDouble();
    return saved[0].scalar_type() == at::kFloat
               ? gradients_of<float>(saved[0], saved[1], saved[2], saved[3], gradients[0], epsilon)
               : gradients_of<c10::BFloat16>(saved[0], saved[1], saved[2], saved[3], gradients[0], epsilon);
  }
};

at::Tensor recorded_norm_and_turn(
    const at::Tensor &x, const at::Tensor &weight, const at::Tensor &cosines, const at::Tensor &sines, double epsilon) {
  return RecordedNormAndTurn::apply(x, weight, cosines, sines, epsilon);
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("norm_and_turn(Tensor x, Tensor weight, Tensor cosines, Tensor sines, float epsilon) -> Tensor");
}

TORCH_LIBRARY_IMPL(layered, CPU, library) { library.impl("norm_and_turn", layered::norm_and_turn); }

TORCH_LIBRARY_IMPL(layered, AutogradCPU, library) { library.impl("norm_and_turn", layered::recorded_norm_and_turn); }
