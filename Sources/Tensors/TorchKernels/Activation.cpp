// `layered::gelu_tanh_`: GELU in its tanh form, in place, with one exponential for each number:
// (1 + tanh y) / 2 = 1 / (1 + e^-2y).

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <torch/library.h>

#include "Lanes.h"
#include "Processors.h"

namespace layered {
namespace {

template <typename Stored>
struct TanhGELU {
  Stored *numbers;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    Floats x;
    for_each_lanes(last - first, [&](int64_t i, int64_t count) LAYERED_INLINE_LAMBDA {
      Lanes<Stored>::load(x, numbers + first + i, count);
      // -2 √(2/π) (x + 0.044715 x³)
      Floats power = x * -1.5957691216f * (x * x * 0.044715f + 1);
      exponentiate(power);
      x /= power + 1;
      Lanes<Stored>::store(x, numbers + first + i, count);
    });
  }
};

template <typename Stored>
void run(at::Tensor &x) {
  const TanhGELU<Stored> work{static_cast<Stored *>(x.mutable_data_ptr())};
  const auto perform = work_for_this_processor<TanhGELU<Stored>>();
  at::parallel_for(0, x.numel(), 32768, [&](int64_t first, int64_t last) { perform(work, first, last); });
}

at::Tensor &gelu_tanh_in_place(at::Tensor &x) {
  TORCH_CHECK(x.is_contiguous(), "gelu_tanh_ takes a contiguous tensor, not one of strides ", x.strides());
  switch (x.scalar_type()) {
    case at::kFloat:
      run<float>(x);
      return x;
    case at::kBFloat16:
      run<c10::BFloat16>(x);
      return x;
    default:
      TORCH_CHECK(false, "gelu_tanh_ takes float32 and bfloat16, not ", x.scalar_type());
  }
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) { library.def("gelu_tanh_(Tensor(a!) x) -> Tensor(a!)"); }

TORCH_LIBRARY_IMPL(layered, CPU, library) { library.impl("gelu_tanh_", layered::gelu_tanh_in_place); }
