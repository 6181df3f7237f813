// `layered::norm_and_modulate` normalises tokens, scales and shifts them; `layered::add_gated` and, in place,
// `layered::add_gated_` add what a layer gave to its input through a gate. Each passes over memory once, and so do the
// gradients of the two that record them.
//
// Rounding is that of separate operators: after the norm, after `1 + scale`, after each product and each sum. Gradients are
// rounded once, at their end.
// Shapes: B batch, S tokens, D width; one scale, shift and gate `[B, 1, D]` for all tokens of a sample.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>

#include "Lanes.h"
#include "ParallelRanges.h"
#include "Processors.h"

namespace layered {
namespace {

// A vector for each sample.
template <typename Stored>
struct SampleVectors {
  const Stored *numbers;
  int64_t stride;

  explicit SampleVectors(const at::Tensor &x)
      : numbers(static_cast<const Stored *>(x.const_data_ptr())), stride(x.stride(0)) {}
  const Stored *of(int64_t sample) const { return numbers + sample * stride; }
};

template <typename Stored>
struct NormAndModulate {
  const Stored *input;
  Stored *output;
  SampleVectors<Stored> scale;
  SampleVectors<Stored> shift;
  int64_t token_count;
  int64_t width;
  float epsilon;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    for (int64_t token = first; token < last; ++token) {
      const int64_t sample = token / token_count;
      modulate(input + token * width, output + token * width, scale.of(sample), shift.of(sample));
    }
  }

  LAYERED_INLINE void modulate(const Stored *x, Stored *y, const Stored *scale, const Stored *shift) const {
    Floats lanes;
    Floats total = 0;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      total += lanes;
    });
    const float mean = sum(total) / static_cast<float>(width);
    Floats squares = 0;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      lanes -= mean;
      // Lanes behind the last number hold none.
      for (int64_t i = count; i < lane_count; ++i) lanes[i] = 0;
      squares += lanes * lanes;
    });
    const float factor = 1 / std::sqrt(sum(squares) / static_cast<float>(width) + epsilon);
    Floats other;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      lanes = (lanes - mean) * factor;
      Lanes<Stored>::round(lanes);
      Lanes<Stored>::load(other, scale + c, count);
      other += 1;
      Lanes<Stored>::round(other);
      lanes *= other;
      Lanes<Stored>::round(lanes);
      Lanes<Stored>::load(other, shift + c, count);
      lanes += other;
      Lanes<Stored>::store(lanes, y + c, count);
    });
  }
};

// The gradients of one sample's tokens in `output`; those of its scale and shift are added to a row of `sums`, 2 D wide, for
// each thread.
//
// With n for the normalised token, r for the factor of the norm and e = g (1 + scale), the gradient of a token is
// r (e - mean(e) - n mean(e n)); scale gets the sum of g n over the tokens, shift that of g.
template <typename Stored>
struct NormAndModulateGradient {
  const Stored *input;
  const Stored *gradient;
  Stored *output;
  const Stored *scale;
  float *sums;
  int64_t width;
  float epsilon;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    float *of_scale = sums + at::get_thread_num() * 2 * width;
    for (int64_t token = first; token < last; ++token) {
      differentiate(
          input + token * width, gradient + token * width, output + token * width, of_scale, of_scale + width);
    }
  }

  LAYERED_INLINE void differentiate(
      const Stored *x, const Stored *g, Stored *y, float *of_scale, float *of_shift) const {
    Floats lanes;
    Floats total = 0;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      total += lanes;
    });
    const float mean = sum(total) / static_cast<float>(width);
    Floats squares = 0;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      lanes -= mean;
      for (int64_t i = count; i < lane_count; ++i) lanes[i] = 0;
      squares += lanes * lanes;
    });
    const float factor = 1 / std::sqrt(sum(squares) / static_cast<float>(width) + epsilon);
    Floats other;
    Floats weights;
    Floats totals;
    Floats plain = 0;
    Floats along = 0;
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      lanes = (lanes - mean) * factor;
      // Zero behind the last number, as `load` leaves them, and so are all products with it.
      Lanes<Stored>::load(other, g + c, count);
      Lanes<Stored>::load(weights, scale + c, count);
      Lanes<float>::load(totals, of_scale + c, count);
      totals += other * lanes;
      Lanes<float>::store(totals, of_scale + c, count);
      Lanes<float>::load(totals, of_shift + c, count);
      totals += other;
      Lanes<float>::store(totals, of_shift + c, count);
      other *= weights + 1;
      plain += other;
      along += other * lanes;
    });
    const float mean_plain = sum(plain) / static_cast<float>(width);
    const float mean_along = sum(along) / static_cast<float>(width);
    for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(lanes, x + c, count);
      lanes = (lanes - mean) * factor;
      Lanes<Stored>::load(other, g + c, count);
      Lanes<Stored>::load(weights, scale + c, count);
      other *= weights + 1;
      lanes = factor * (other - mean_plain - lanes * mean_along);
      Lanes<Stored>::store(lanes, y + c, count);
    });
  }
};

template <typename Stored>
struct AddGated {
  const Stored *update;
  Stored *output;
  SampleVectors<Stored> gate;
  const Stored *input;
  int64_t token_count;
  int64_t width;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    Floats lanes;
    Floats other;
    for (int64_t token = first; token < last; ++token) {
      const Stored *factor = gate.of(token / token_count);
      const Stored *x = input + token * width;
      const Stored *u = update + token * width;
      Stored *y = output + token * width;
      for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
        Lanes<Stored>::load(lanes, u + c, count);
        Lanes<Stored>::load(other, factor + c, count);
        lanes *= other;
        Lanes<Stored>::round(lanes);
        Lanes<Stored>::load(other, x + c, count);
        lanes += other;
        Lanes<Stored>::store(lanes, y + c, count);
      });
    }
  }
};

// The gradient of one sample's update, g gate, in `output`; that of its gate, the sum of g times the update over the tokens,
// is added to a row of `sums` for each thread.
template <typename Stored>
struct AddGatedGradient {
  const Stored *update;
  const Stored *gradient;
  Stored *output;
  const Stored *gate;
  float *sums;
  int64_t width;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    float *of_gate = sums + at::get_thread_num() * width;
    Floats lanes;
    Floats other;
    Floats totals;
    for (int64_t token = first; token < last; ++token) {
      const int64_t start = token * width;
      for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
        Lanes<Stored>::load(lanes, gradient + start + c, count);
        Lanes<Stored>::load(other, update + start + c, count);
        Lanes<float>::load(totals, of_gate + c, count);
        totals += lanes * other;
        Lanes<float>::store(totals, of_gate + c, count);
        Lanes<Stored>::load(other, gate + c, count);
        lanes *= other;
        Lanes<Stored>::store(lanes, output + start + c, count);
      });
    }
  }
};

void check_tokens(const char *name, const at::Tensor &x) {
  TORCH_CHECK(x.dim() == 3, name, " takes tokens [B, S, D], not ", x.sizes());
  TORCH_CHECK(
      x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16, name, " takes float32 and bfloat16, not ",
      x.scalar_type());
}

void check_vectors(const char *name, const at::Tensor &vectors, const at::Tensor &x) {
  TORCH_CHECK(
      vectors.dim() == 3 && vectors.size(0) == x.size(0) && vectors.size(1) == 1 && vectors.size(2) == x.size(2) &&
          vectors.stride(2) == 1 && vectors.scalar_type() == x.scalar_type(),
      name, " takes one vector for each sample of ", x.sizes(), " in its type, not ", vectors.sizes(), " of ",
      vectors.scalar_type());
}

template <typename Work>
void for_each_token(const at::Tensor &x, const Work &work) {
  const auto perform = work_for_this_processor<Work>();
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, x.size(2)));
  parallel_for(0, x.size(0) * x.size(1), grain, [&](int64_t first, int64_t last) { perform(work, first, last); });
}

template <typename Stored>
void norm_and_modulate(
    const at::Tensor &x, const at::Tensor &scale, const at::Tensor &shift, double epsilon, at::Tensor &output) {
  for_each_token(
      x, NormAndModulate<Stored>{
             static_cast<const Stored *>(x.const_data_ptr()), static_cast<Stored *>(output.mutable_data_ptr()),
             SampleVectors<Stored>(scale), SampleVectors<Stored>(shift), x.size(1), x.size(2),
             static_cast<float>(epsilon)});
}

at::Tensor norm_and_modulate_any(
    const at::Tensor &x, const at::Tensor &scale, const at::Tensor &shift, double epsilon) {
  check_tokens("norm_and_modulate", x);
  check_vectors("norm_and_modulate", scale, x);
  check_vectors("norm_and_modulate", shift, x);
  const auto input = x.contiguous();
  auto output = at::empty_like(input);
  if (input.scalar_type() == at::kFloat) {
    norm_and_modulate<float>(input, scale, shift, epsilon, output);
  } else {
    norm_and_modulate<c10::BFloat16>(input, scale, shift, epsilon, output);
  }
  return output;
}

template <typename Stored>
void add_gated(const at::Tensor &update, const at::Tensor &gate, const at::Tensor &x, at::Tensor &output) {
  for_each_token(
      x, AddGated<Stored>{
             static_cast<const Stored *>(update.const_data_ptr()), static_cast<Stored *>(output.mutable_data_ptr()),
             SampleVectors<Stored>(gate), static_cast<const Stored *>(x.const_data_ptr()), x.size(1), x.size(2)});
}

void add_gated_into(
    const at::Tensor &update, const at::Tensor &gate, const at::Tensor &x, at::Tensor &output) {
  check_tokens("add_gated", x);
  check_vectors("add_gated", gate, x);
  TORCH_CHECK(
      update.sizes() == x.sizes() && update.scalar_type() == x.scalar_type() && update.is_contiguous(),
      "add_gated takes a contiguous update like its input ", x.sizes(), ", not ", update.sizes());
  const auto input = x.contiguous();
  if (input.scalar_type() == at::kFloat) {
    add_gated<float>(update, gate, input, output);
  } else {
    add_gated<c10::BFloat16>(update, gate, input, output);
  }
}

at::Tensor &add_gated_in_place(at::Tensor &update, const at::Tensor &gate, const at::Tensor &x) {
  add_gated_into(update, gate, x, update);
  return update;
}

at::Tensor add_gated_any(const at::Tensor &update, const at::Tensor &gate, const at::Tensor &x) {
  const auto whole = update.contiguous();
  auto output = at::empty_like(whole);
  add_gated_into(whole, gate, x, output);
  return output;
}

// Does `work(sample, sums)` for every sample, `sums` a float32 row of `width` numbers for each thread, and gives the rows'
// sums as one vector for each sample, [B, 1, width], in the type of `x`.
template <typename MakeWork>
at::Tensor summed_over_tokens(const at::Tensor &x, int64_t width, const MakeWork &make_work) {
  auto result = at::empty({x.size(0), 1, width}, x.options());
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, x.size(2)));
  for (int64_t sample = 0; sample < x.size(0); ++sample) {
    auto sums = at::zeros({at::get_num_threads(), width}, x.options().dtype(at::kFloat));
    const auto work = make_work(sample, sums.data_ptr<float>());
    const auto perform = work_for_this_processor<std::decay_t<decltype(work)>>();
    parallel_for(0, x.size(1), grain, [&](int64_t first, int64_t last) { perform(work, first, last); });
    result[sample][0].copy_(sums.sum(0));
  }
  return result;
}

template <typename Stored>
torch::autograd::variable_list norm_and_modulate_gradients(
    const at::Tensor &x, const at::Tensor &scale, const at::Tensor &gradient, double epsilon) {
  auto output = at::empty_like(x);
  const SampleVectors<Stored> scales(scale);
  const int64_t length = x.size(1) * x.size(2);
  const auto sums = summed_over_tokens(x, 2 * x.size(2), [&](int64_t sample, float *sums) {
    return NormAndModulateGradient<Stored>{
        static_cast<const Stored *>(x.const_data_ptr()) + sample * length,
        static_cast<const Stored *>(gradient.const_data_ptr()) + sample * length,
        static_cast<Stored *>(output.mutable_data_ptr()) + sample * length, scales.of(sample), sums, x.size(2),
        static_cast<float>(epsilon)};
  });
  return {output, sums.narrow(2, 0, x.size(2)), sums.narrow(2, x.size(2), x.size(2)), at::Tensor()};
}

struct RecordedNormAndModulate : torch::autograd::Function<RecordedNormAndModulate> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &x, const at::Tensor &scale, const at::Tensor &shift,
      double epsilon) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x, scale});
    context->saved_data["epsilon"] = epsilon;
    return norm_and_modulate_any(x, scale, shift, epsilon);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, const torch::autograd::variable_list &gradients) {
    const auto saved = context->get_saved_variables();
    const auto x = saved[0].contiguous();
    const auto gradient = gradients[0].contiguous();
    const double epsilon = context->saved_data["epsilon"].toDouble();
    return x.scalar_type() == at::kFloat ? norm_and_modulate_gradients<float>(x, saved[1], gradient, epsilon)
                                         : norm_and_modulate_gradients<c10::BFloat16>(x, saved[1], gradient, epsilon);
  }
};

at::Tensor recorded_norm_and_modulate(
    const at::Tensor &x, const at::Tensor &scale, const at::Tensor &shift, double epsilon) {
  return RecordedNormAndModulate::apply(x, scale, shift, epsilon);
}

template <typename Stored>
torch::autograd::variable_list add_gated_gradients(
    const at::Tensor &update, const at::Tensor &gate, const at::Tensor &gradient) {
  auto output = at::empty_like(update);
  const SampleVectors<Stored> gates(gate);
  const int64_t length = update.size(1) * update.size(2);
  const auto of_gate = summed_over_tokens(update, update.size(2), [&](int64_t sample, float *sums) {
    return AddGatedGradient<Stored>{
        static_cast<const Stored *>(update.const_data_ptr()) + sample * length,
        static_cast<const Stored *>(gradient.const_data_ptr()) + sample * length,
        static_cast<Stored *>(output.mutable_data_ptr()) + sample * length, gates.of(sample), sums, update.size(2)};
  });
  return {output, of_gate, gradient};
}

struct RecordedAddGated : torch::autograd::Function<RecordedAddGated> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &update, const at::Tensor &gate,
      const at::Tensor &x) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({update, gate});
    return add_gated_any(update, gate, x);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, const torch::autograd::variable_list &gradients) {
    const auto saved = context->get_saved_variables();
    const auto update = saved[0].contiguous();
    const auto gradient = gradients[0].contiguous();
    return update.scalar_type() == at::kFloat ? add_gated_gradients<float>(update, saved[1], gradient)
                                              : add_gated_gradients<c10::BFloat16>(update, saved[1], gradient);
  }
};

at::Tensor recorded_add_gated(const at::Tensor &update, const at::Tensor &gate, const at::Tensor &x) {
  return RecordedAddGated::apply(update, gate, x);
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("norm_and_modulate(Tensor x, Tensor scale, Tensor shift, float epsilon) -> Tensor");
  library.def("add_gated_(Tensor(a!) update, Tensor gate, Tensor x) -> Tensor(a!)");
  library.def("add_gated(Tensor update, Tensor gate, Tensor x) -> Tensor");
}

TORCH_LIBRARY_IMPL(layered, CPU, library) {
  library.impl("norm_and_modulate", layered::norm_and_modulate_any);
  library.impl("add_gated_", layered::add_gated_in_place);
  library.impl("add_gated", layered::add_gated_any);
}

TORCH_LIBRARY_IMPL(layered, AutogradCPU, library) {
  library.impl("norm_and_modulate", layered::recorded_norm_and_modulate);
  library.impl("add_gated", layered::recorded_add_gated);
}
