// `layered::conv2d`: a convolution of pictures that is fast in bfloat16 on every processor.
//
// libtorch has oneDNN's convolutions of bfloat16 numbers where there is AVX-512. Elsewhere it multiplies in a plain loop; there
// the numbers are widened to float32, in which they are exact, and the result is rounded once.

#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <torch/library.h>

#include "BFloat16Products.h"

namespace layered {
namespace {

at::Tensor convolution(
    const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias, at::IntArrayRef stride,
    at::IntArrayRef padding) {
  const bool widens = x.is_cpu() && x.scalar_type() == at::kBFloat16 && weight.scalar_type() == at::kBFloat16 &&
                      !has_fast_bfloat16();
  if (!widens) return at::conv2d(x, weight, bias, stride, padding);
  const auto wide_bias = bias ? std::optional(bias->to(at::kFloat)) : std::nullopt;
  return at::conv2d(x.to(at::kFloat), weight.to(at::kFloat), wide_bias, stride, padding).to(at::kBFloat16);
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("conv2d(Tensor x, Tensor weight, Tensor? bias, int[2] stride, int[2] padding) -> Tensor");
}

// Of other operators alone, which record their gradients and know every device.
TORCH_LIBRARY_IMPL(layered, CompositeImplicitAutograd, library) { library.impl("conv2d", layered::convolution); }
