// GELU in its tanh form with one exponential for each number: `layered::gelu_tanh_` in place, `layered::gelu_tanh` where
// gradients are recorded.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "Lanes.h"
#include "ParallelRanges.h"
#include "Processors.h"

namespace layered {
namespace {

// 2 √(2/π)
constexpr float steepness = 1.5957691216f;
constexpr float cubic = 0.044715f;

template <typename Stored>
struct TanhGELU {
  const Stored *input;
  Stored *output;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    Floats x;
    for_each_lanes(last - first, [&](int64_t i, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(x, input + first + i, count);
      apply_tanh_gelu(x);
      Lanes<Stored>::store(x, output + first + i, count);
    });
  }
};

// With s = 1 / (1 + e^-2y) the derivative of x s is s + x s (1 - s) 2 y'.
template <typename Stored>
struct TanhGELUGradient {
  const Stored *input;
  const Stored *gradient;
  Stored *output;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    Floats x;
    Floats g;
    for_each_lanes(last - first, [&](int64_t i, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(x, input + first + i, count);
      Lanes<Stored>::load(g, gradient + first + i, count);
      Floats power = x * -steepness * (x * x * cubic + 1);
      exponentiate(power);
      const Floats s = 1 / (power + 1);
      g *= s + x * s * (1 - s) * (steepness * (x * x * (3 * cubic) + 1));
      Lanes<Stored>::store(g, output + first + i, count);
    });
  }
};

template <typename Work>
void for_each_number(int64_t count, const Work &work) {
  const auto perform = work_for_this_processor<Work>();
  parallel_for(0, count, 32768, [&](int64_t first, int64_t last) { perform(work, first, last); });
}

template <typename Stored>
void run(const at::Tensor &x, at::Tensor &output) {
  for_each_number(
      x.numel(), TanhGELU<Stored>{
                     static_cast<const Stored *>(x.const_data_ptr()),
                     static_cast<Stored *>(output.mutable_data_ptr())});
}

template <typename Stored>
void run_gradient(const at::Tensor &x, const at::Tensor &gradient, at::Tensor &output) {
  for_each_number(
      x.numel(), TanhGELUGradient<Stored>{
                     static_cast<const Stored *>(x.const_data_ptr()),
                     static_cast<const Stored *>(gradient.const_data_ptr()),
                     static_cast<Stored *>(output.mutable_data_ptr())});
}

void check_type(const at::Tensor &x) {
  TORCH_CHECK(
      x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16,
      "gelu_tanh takes float32 and bfloat16, not ", x.scalar_type());
}

at::Tensor &gelu_tanh_in_place(at::Tensor &x) {
  TORCH_CHECK(x.is_contiguous(), "gelu_tanh_ takes a contiguous tensor, not one of strides ", x.strides());
  check_type(x);
  x.scalar_type() == at::kFloat ? run<float>(x, x) : run<c10::BFloat16>(x, x);
  return x;
}

at::Tensor gelu_tanh(const at::Tensor &x) {
  check_type(x);
  const auto input = x.contiguous();
  auto output = at::empty_like(input);
  input.scalar_type() == at::kFloat ? run<float>(input, output) : run<c10::BFloat16>(input, output);
  return output;
}

struct RecordedGELU : torch::autograd::Function<RecordedGELU> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &x) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x});
    return gelu_tanh(x);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, const torch::autograd::variable_list &gradients) {
    const auto x = context->get_saved_variables()[0].contiguous();
    const auto gradient = gradients[0].contiguous();
    auto output = at::empty_like(x);
    x.scalar_type() == at::kFloat ? run_gradient<float>(x, gradient, output)
                                  : run_gradient<c10::BFloat16>(x, gradient, output);
    return {output};
  }
};

at::Tensor recorded_gelu_tanh(const at::Tensor &x) { return RecordedGELU::apply(x); }

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("gelu_tanh_(Tensor(a!) x) -> Tensor(a!)");
  library.def("gelu_tanh(Tensor x) -> Tensor");
}

TORCH_LIBRARY_IMPL(layered, CPU, library) {
  library.impl("gelu_tanh_", layered::gelu_tanh_in_place);
  library.impl("gelu_tanh", layered::gelu_tanh);
}

TORCH_LIBRARY_IMPL(layered, AutogradCPU, library) { library.impl("gelu_tanh", layered::recorded_gelu_tanh); }
