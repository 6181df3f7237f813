// Matrix products that libtorch itself does not do in the fastest way: in float32 by oneDNN, where libtorch takes MKL, and in
// bfloat16 by BFloat16Products.h on processors without AVX-512 and for few rows, for which oneDNN reads the weights at half
// of the memory's rate.
//
// On processors that are not Intel's MKL leaves AVX-512 unused: 1024 x 3072 by 3072 x 3072 takes 0.27 s there and
// 0.13 s here (EPYC, two threads). oneDNN stands behind an operator that libtorch keeps for its compiler.

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softmax.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>

#include "BFloat16Products.h"

namespace layered {
namespace {

// Fewer rows are bound by memory, where both are alike.
constexpr int64_t least_row_count = 16;
// Rows of scores that are in memory at a time.
constexpr int64_t query_block = 512;

// x Wᵀ + b for matrices `x` [..., in] and `weight` [out, in].
at::Tensor linear(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
  if ((!has_fast_bfloat16() || has_few_rows(x)) && can_multiply_in_float32(x, weight, bias)) {
    return linear_in_float32(x, weight, bias);
  }
  static const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
  const bool fits = x.dim() >= 2 && weight.dim() == 2 && x.size(-1) == weight.size(1) && weight.numel() > 0 &&
                    x.numel() >= least_row_count * x.size(-1) && x.scalar_type() == at::kFloat &&
                    weight.scalar_type() == at::kFloat &&
                    (!bias || (bias->dim() == 1 && bias->size(0) == weight.size(0) && bias->scalar_type() == at::kFloat));
  if (!found || !fits || !at::hasMKLDNN() || !at::globalContext().userEnabledMkldnn()) {
    return at::linear(x, weight, bias);
  }
  torch::jit::Stack stack;
  stack.emplace_back(x.contiguous());
  // It may lie by columns, as that of a gradient does.
  stack.emplace_back(weight.is_non_overlapping_and_dense() ? weight : weight.contiguous());
  stack.emplace_back(bias ? c10::IValue(bias->contiguous()) : c10::IValue());
  stack.emplace_back("none");
  stack.emplace_back(c10::List<std::optional<at::Scalar>>());
  stack.emplace_back("");
  found->callBoxed(stack);
  return stack.front().toTensor();
}

// The same where gradients are recorded: with G for the gradient of the result, those of x, W and b are G W, Gᵀ x and the
// sum of the rows of G.
struct RecordedLinear : torch::autograd::Function<RecordedLinear> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &x, const at::Tensor &weight,
      const std::optional<at::Tensor> &bias) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({x, weight});
    context->saved_data["has_bias"] = bias.has_value();
    return layered::linear(x, weight, bias);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, const torch::autograd::variable_list &gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1];
    const auto gradient = gradients[0].reshape({-1, weight.size(0)});
    at::Tensor of_x, of_weight, of_bias;
    if (context->needs_input_grad(0)) {
      of_x = layered::linear(gradient, weight.t(), std::nullopt).reshape(x.sizes());
    }
    if (context->needs_input_grad(1)) {
      const auto rows = x.reshape({-1, x.size(-1)});
      // MKL takes both matrices as they lie, which saves more than its slower product costs.
      of_weight = gradient.scalar_type() == at::kFloat ? at::mm(gradient.t(), rows)
                                                       : layered::linear(gradient.t(), rows.t(), std::nullopt);
    }
    const bool has_bias = context->saved_data["has_bias"].toBool();
    if (has_bias && context->needs_input_grad(2)) of_bias = gradient.sum(0);
    return {of_x, of_weight, of_bias};
  }
};

at::Tensor recorded_linear(const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
  const bool is_recorded = at::GradMode::is_enabled() &&
                           (x.requires_grad() || weight.requires_grad() || (bias && bias->requires_grad()));
  if (!is_recorded) {
    at::AutoDispatchBelowADInplaceOrView below;
    return layered::linear(x, weight, bias);
  }
  // libtorch differentiates its own products.
  if (x.scalar_type() != at::kFloat && has_fast_bfloat16()) return at::linear(x, weight, bias);
  return RecordedLinear::apply(x, weight, bias);
}

// softmax(q kᵀ / √H) v for float32 [B, N, S, H].
at::Tensor attention(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value) {
  TORCH_CHECK(
      query.dim() == 4 && key.dim() == 4 && key.sizes() == value.sizes() && query.size(0) == key.size(0) &&
          query.size(1) == key.size(1) && query.size(3) == key.size(3) && key.size(2) > 0 &&
          query.scalar_type() == at::kFloat && key.scalar_type() == at::kFloat && value.scalar_type() == at::kFloat,
      "attention takes float32 [B, N, S, H], not ", query.sizes(), ", ", key.sizes(), " and ", value.sizes());
  const double scale = 1 / std::sqrt(static_cast<double>(query.size(3)));
  auto output = at::empty(query.sizes(), query.options());
  for (int64_t b = 0; b < query.size(0); ++b) {
    for (int64_t n = 0; n < query.size(1); ++n) {
      const auto keys = key[b][n].contiguous();
      const auto values = value[b][n].t().contiguous();
      for (int64_t first = 0; first < query.size(2); first += query_block) {
        const int64_t count = std::min(query_block, query.size(2) - first);
        const auto queries = query[b][n].narrow(0, first, count).mul(scale);
        const auto shares = at::softmax(layered::linear(queries, keys, std::nullopt), -1);
        output[b][n].narrow(0, first, count).copy_(layered::linear(shares, values, std::nullopt));
      }
    }
  }
  return output;
}

}  // namespace
}  // namespace layered

TORCH_LIBRARY_FRAGMENT(layered, library) {
  library.def("linear(Tensor x, Tensor weight, Tensor? bias) -> Tensor");
  library.def("attention(Tensor query, Tensor key, Tensor value) -> Tensor");
}

TORCH_LIBRARY_IMPL(layered, AutogradCPU, library) { library.impl("linear", layered::recorded_linear); }

TORCH_LIBRARY_IMPL(layered, CPU, library) {
  library.impl("linear", layered::linear);
  library.impl("attention", layered::attention);
}
