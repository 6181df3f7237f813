// The products of TileProducts.h shared among threads, and what becomes of their sums.
#pragma once

#include "ParallelRanges.h"
#include "Processors.h"
#include "TileProducts.h"

namespace layered {

// What becomes of sums: scaled by a factor for each row and one for each column, a bias added, then activated.
struct Finish {
  // Null: 1.
  const float *row_scales = nullptr;
  const float *column_scales = nullptr;
  // Null: 0.
  const float *bias = nullptr;
  bool applies_gelu = false;
};

#if defined(__x86_64__)
// Rows `first`..<`last` of a task's sums as numbers of the result.
template <typename Arithmetic, typename Result>
struct FinishedRows {
  ProductMemory<Arithmetic> *memory;
  Finish finish;
  Result *output;
  int64_t output_stride;
  // Of the task.
  int64_t first_row, first_column, column_count;

  LAYERED_INLINE void operator()(int64_t first, int64_t last) const {
    constexpr int64_t panel = ProductMemory<Arithmetic>::panel_columns;
    using Sums = typename Arithmetic::Sum __attribute__((ext_vector_type(16)));
    for (int64_t row = first; row < last; ++row) {
      const float row_scale = finish.row_scales == nullptr ? 1 : finish.row_scales[first_row + row];
      Result *to = output + (first_row + row) * output_stride + first_column;
      for_each_lanes(column_count, [&](int64_t column, int64_t count) LAYERED_INLINE_LAMBDA {
        Sums sums;
        // Panels are whole, whatever count of columns is left.
        std::memcpy(
            &sums, memory->sums_of(column / panel * panel) + row * panel + column % panel, sizeof(sums));
        Floats x = __builtin_convertvector(sums, Floats);
        Floats some;
        if (finish.column_scales != nullptr) {
          Lanes<float>::load(some, finish.column_scales + first_column + column, count);
          x *= some * row_scale;
        }
        if (finish.bias != nullptr) {
          Lanes<float>::load(some, finish.bias + first_column + column, count);
          x += some;
        }
        if (finish.applies_gelu) apply_tanh_gelu(x);
        Lanes<Result>::store(x, to + column, count);
      });
    }
  }
};

// finish(x Wᵀ) by tasks of rows and columns, `output` being `[M, N]`, its rows behind one another.
template <typename Arithmetic, typename Result>
void multiply_by_tasks(
    const MatrixRows<typename Arithmetic::Stored> &x, const MatrixRows<typename Arithmetic::Stored> &w, int64_t width,
    const Finish &finish, Result *output) {
  const int64_t column_tasks = (w.count + task_columns - 1) / task_columns;
  const int64_t row_tasks = (x.count + task_rows - 1) / task_rows;
  const auto finish_rows = work_for_this_processor<FinishedRows<Arithmetic, Result>>();
  parallel_for(0, row_tasks * column_tasks, 1, [&](int64_t first, int64_t last) {
    ProductMemory<Arithmetic> memory;
    for (int64_t task = first; task < last; ++task) {
      const int64_t row = task / column_tasks * task_rows, column = task % column_tasks * task_columns;
      multiply(x, w, width, row, column, memory);
      finish_rows(
          {&memory, finish, output, w.count, row, column, std::min(task_columns, w.count - column)}, 0,
          std::min(task_rows, x.count - row));
    }
  });
}
#endif

}  // namespace layered
