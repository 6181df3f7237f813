// Matrix products of bfloat16 numbers on processors without units for them, and of few rows, where memory is what takes time.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace layered {

// Whether libtorch's own products of bfloat16 numbers are fast here: oneDNN takes them where there is AVX-512, by its
// bfloat16 units or by float32. Elsewhere libtorch has a plain loop, at 6 GFLOP/s on a core that does 90 (EPYC 7003).
bool has_fast_bfloat16();

// Whether `x` [..., K] has so few rows that their product takes as long as reading the weights.
bool has_few_rows(const at::Tensor &x);

// Whether `linear_in_float32` takes these tensors.
bool can_multiply_in_float32(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias);

// x Wᵀ + b for bfloat16 `x` [..., K], `weight` [N, K] and `bias` [N]; the sums are float32.
at::Tensor linear_in_float32(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias);

}  // namespace layered
