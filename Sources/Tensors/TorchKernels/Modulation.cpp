// `layered::norm_and_modulate` normalises tokens, scales and shifts them; `layered::add_gated_` adds what a layer gave
// to its input through a gate. Each passes over memory once.
//
// Rounding is that of separate operators: after the norm, after `1 + scale`, after each product and each sum.
// Shapes: B batch, S tokens, D width; one scale, shift and gate `[B, 1, D]` for all tokens of a sample.

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>

#include "Lanes.h"
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

template <typename Stored>
struct AddGated {
  Stored *update;
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
      Stored *y = update + token * width;
      for_each_lanes(width, [&](int64_t c, int64_t count) LAYERED_INLINE_LAMBDA {
        Lanes<Stored>::load(lanes, y + c, count);
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
  at::parallel_for(0, x.size(0) * x.size(1), grain, [&](int64_t first, int64_t last) { perform(work, first, last); });
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
void add_gated(at::Tensor &update, const at::Tensor &gate, const at::Tensor &x) {
  for_each_token(
      x, AddGated<Stored>{
             static_cast<Stored *>(update.mutable_data_ptr()), SampleVectors<Stored>(gate),
             static_cast<const Stored *>(x.const_data_ptr()), x.size(1), x.size(2)});
}

at::Tensor &add_gated_any(at::Tensor &update, const at::Tensor &gate, const at::Tensor &x) {
  check_tokens("add_gated_", x);
  check_vectors("add_gated_", gate, x);
  TORCH_CHECK(
      update.sizes() == x.sizes() && update.scalar_type() == x.scalar_type() && update.is_contiguous(),
      "add_gated_ takes a contiguous update like its input ", x.sizes(), ", not ", update.sizes());
  const auto input = x.contiguous();
  if (input.scalar_type() == at::kFloat) {
    add_gated<float>(update, gate, input);
  } else {
    add_gated<c10::BFloat16>(update, gate, input);
  }
  return update;
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("norm_and_modulate(Tensor x, Tensor scale, Tensor shift, float epsilon) -> Tensor");
  library.def("add_gated_(Tensor(a!) update, Tensor gate, Tensor x) -> Tensor(a!)");
}

TORCH_LIBRARY_IMPL(layered, CPU, library) {
  library.impl("norm_and_modulate", layered::norm_and_modulate_any);
  library.impl("add_gated_", layered::add_gated_any);
}
