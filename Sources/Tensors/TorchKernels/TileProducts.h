// Matrix products x Wᵀ of matrices that lie in rows, by tiles of sums that fill the registers.
//
// A unit is 32 bits of a row: one float32 number, two bfloat16 or int16 numbers or four int8 numbers, whatever the
// processor multiplies in one lane. Blocks of x become rows of units that stay in the second cache, columns of W become
// panels of units that stay in the first; an arithmetic says how. Nothing is kept between calls, so weights stay as a
// checkpoint holds them: packing a panel takes about a fiftieth of the time of its products.
// Shapes: M rows of x, N rows of W (columns of the result), K numbers of a row.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "Lanes.h"
#include "LineAligned.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define LAYERED_AVX2 __attribute__((target("avx2,fma")))
#define LAYERED_AVX512_VNNI __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

namespace layered {

using Unit = uint32_t;

// Rows of x whose products are summed together.
constexpr int64_t tile_rows = 6;
// Rows and columns of one task; its sums stay in the second and third cache.
constexpr int64_t task_rows = 32 * tile_rows;
constexpr int64_t task_columns = 768;
// Units of a row that are multiplied before the next ones are packed.
constexpr int64_t block_units = 256;

// Eight rows of eight units become eight columns, `stride` units apart.
LAYERED_AVX2 inline void transpose_units(const __m256i (&rows)[8], Unit *to, int64_t stride) {
  __m256i a[8], b[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; ++i) {
    a[2 * i] = _mm256_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
    a[2 * i + 1] = _mm256_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 2; ++i) {
    b[4 * i] = _mm256_unpacklo_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 1] = _mm256_unpackhi_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 2] = _mm256_unpacklo_epi64(a[4 * i + 1], a[4 * i + 3]);
    b[4 * i + 3] = _mm256_unpackhi_epi64(a[4 * i + 1], a[4 * i + 3]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; ++i) {
    _mm256_storeu_si256(
        reinterpret_cast<__m256i *>(to + i * stride), _mm256_permute2x128_si256(b[i], b[i + 4], 0x20));
    _mm256_storeu_si256(
        reinterpret_cast<__m256i *>(to + (i + 4) * stride), _mm256_permute2x128_si256(b[i], b[i + 4], 0x31));
  }
}

// Float32 numbers by fused multiplication and addition, for rows of bfloat16 numbers on processors without units for
// them. Every product is exact, sums are rounded to float32.
struct FloatArithmetic {
  using Stored = uint16_t;
  using Sum = float;
  using Vector = __m256;
  static constexpr int64_t numbers_in_unit = 1;
  static constexpr int64_t vector_lanes = 8;
  static constexpr int64_t vector_count = 2;
  static constexpr bool has_offset = false;

  LAYERED_AVX2 static inline __m256i units(const Stored *from) {
    return _mm256_slli_epi32(
        _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from))), 16);
  }
  LAYERED_AVX2 static inline __m256i row_units(const Stored *from) { return units(from); }
  LAYERED_AVX2 static inline Vector load(const Sum *from) { return _mm256_loadu_ps(from); }
  LAYERED_AVX2 static inline void store(Sum *to, Vector sums) { _mm256_storeu_ps(to, sums); }
  LAYERED_AVX2 static inline Vector zero() { return _mm256_setzero_ps(); }
  LAYERED_AVX2 static inline void add_product(Vector &sum, Unit a, const __m256i &b) {
    sum = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int32_t>(a))), _mm256_castsi256_ps(b), sum);
  }
};

// Int8 numbers as pairs of int16 numbers, exact.
struct PairArithmetic {
  using Stored = int8_t;
  using Sum = int32_t;
  using Vector = __m256i;
  static constexpr int64_t numbers_in_unit = 2;
  static constexpr int64_t vector_lanes = 8;
  static constexpr int64_t vector_count = 2;
  static constexpr bool has_offset = false;

  LAYERED_AVX2 static inline __m256i units(const Stored *from) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from)));
  }
  LAYERED_AVX2 static inline __m256i row_units(const Stored *from) { return units(from); }
  LAYERED_AVX2 static inline Vector load(const Sum *from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
  }
  LAYERED_AVX2 static inline void store(Sum *to, Vector sums) {
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(to), sums);
  }
  LAYERED_AVX2 static inline Vector zero() { return _mm256_setzero_si256(); }
  LAYERED_AVX2 static inline void add_product(Vector &sum, Unit a, const __m256i &b) {
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_set1_epi32(static_cast<int32_t>(a)), b));
  }
};

// A tile of sums, `a` and the panel `b` multiplied over `unit_count` units. `start` is added once to every row.
template <typename Arithmetic>
LAYERED_AVX2 void multiply_tile_avx2(
    const Unit *a, int64_t a_stride, const Unit *b, int64_t unit_count, typename Arithmetic::Sum *sums,
    bool is_first, const typename Arithmetic::Sum *) {
  constexpr int64_t vectors = Arithmetic::vector_count, lanes = Arithmetic::vector_lanes;
  typename Arithmetic::Vector total[tile_rows][vectors];
#pragma clang loop unroll(full)
  for (int64_t row = 0; row < tile_rows; ++row) {
#pragma clang loop unroll(full)
    for (int64_t v = 0; v < vectors; ++v) {
      total[row][v] = is_first ? Arithmetic::zero() : Arithmetic::load(sums + (row * vectors + v) * lanes);
    }
  }
  for (int64_t unit = 0; unit < unit_count; ++unit) {
    __m256i columns[vectors];
#pragma clang loop unroll(full)
    for (int64_t v = 0; v < vectors; ++v) {
      columns[v] = _mm256_load_si256(reinterpret_cast<const __m256i *>(b + (unit * vectors + v) * lanes));
    }
#pragma clang loop unroll(full)
    for (int64_t row = 0; row < tile_rows; ++row) {
#pragma clang loop unroll(full)
      for (int64_t v = 0; v < vectors; ++v) Arithmetic::add_product(total[row][v], a[row * a_stride + unit], columns[v]);
    }
  }
#pragma clang loop unroll(full)
  for (int64_t row = 0; row < tile_rows; ++row) {
#pragma clang loop unroll(full)
    for (int64_t v = 0; v < vectors; ++v) Arithmetic::store(sums + (row * vectors + v) * lanes, total[row][v]);
  }
}

// Int8 numbers, four to a unit, by the processor's dot products of unsigned with signed bytes. The rows of x are moved up
// by 128 to be unsigned; what that adds to a column is taken off again.
struct QuadArithmetic {
  using Stored = int8_t;
  using Sum = int32_t;
  static constexpr int64_t numbers_in_unit = 4;
  static constexpr int64_t vector_lanes = 16;
  static constexpr int64_t vector_count = 4;
  static constexpr bool has_offset = true;

  LAYERED_AVX2 static inline __m256i units(const Stored *from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
  }
  LAYERED_AVX2 static inline __m256i row_units(const Stored *from) {
    return _mm256_xor_si256(units(from), _mm256_set1_epi8(static_cast<char>(0x80)));
  }
};

LAYERED_AVX512_VNNI inline void multiply_tile_vnni(
    const Unit *a, int64_t a_stride, const Unit *b, int64_t unit_count, int32_t *sums, bool is_first,
    const int32_t *start) {
  constexpr int64_t vectors = QuadArithmetic::vector_count, lanes = QuadArithmetic::vector_lanes;
  __m512i total[tile_rows][vectors];
#pragma clang loop unroll(full)
  for (int64_t v = 0; v < vectors; ++v) {
    const __m512i offset = _mm512_loadu_si512(start + v * lanes);
#pragma clang loop unroll(full)
    for (int64_t row = 0; row < tile_rows; ++row) {
      total[row][v] = is_first
                          ? offset
                          : _mm512_add_epi32(offset, _mm512_loadu_si512(sums + (row * vectors + v) * lanes));
    }
  }
  for (int64_t unit = 0; unit < unit_count; ++unit) {
    __m512i columns[vectors];
#pragma clang loop unroll(full)
    for (int64_t v = 0; v < vectors; ++v) columns[v] = _mm512_loadu_si512(b + (unit * vectors + v) * lanes);
#pragma clang loop unroll(full)
    for (int64_t row = 0; row < tile_rows; ++row) {
      const __m512i number = _mm512_set1_epi32(static_cast<int32_t>(a[row * a_stride + unit]));
#pragma clang loop unroll(full)
      for (int64_t v = 0; v < vectors; ++v) total[row][v] = _mm512_dpbusd_epi32(total[row][v], number, columns[v]);
    }
  }
#pragma clang loop unroll(full)
  for (int64_t row = 0; row < tile_rows; ++row) {
#pragma clang loop unroll(full)
    for (int64_t v = 0; v < vectors; ++v) _mm512_storeu_si512(sums + (row * vectors + v) * lanes, total[row][v]);
  }
}

template <typename Arithmetic>
inline auto tile_multiplication() {
  if constexpr (Arithmetic::has_offset) {
    return multiply_tile_vnni;
  } else {
    return multiply_tile_avx2<Arithmetic>;
  }
}

// Rows of numbers, one behind the other or further apart.
template <typename Stored>
struct MatrixRows {
  const Stored *numbers;
  int64_t stride;
  int64_t count;
};

// What one thread puts aside.
template <typename Arithmetic>
struct ProductMemory {
  static constexpr int64_t panel_columns = Arithmetic::vector_lanes * Arithmetic::vector_count;

  LineAligned<Unit> rows{task_rows * block_units};
  LineAligned<Unit> panel{block_units * panel_columns};
  LineAligned<typename Arithmetic::Sum> sums{task_rows * task_columns};

  // Of the rows of x and a panel that begins at that column, row by row.
  typename Arithmetic::Sum *sums_of(int64_t column) { return sums.data() + column * task_rows; }
};

// Up to eight units from `from`, of which only `count` numbers exist; zeros behind them.
template <typename Arithmetic, bool is_row>
LAYERED_AVX2 inline __m256i load_units(const typename Arithmetic::Stored *from, int64_t count) {
  constexpr int64_t whole = 8 * Arithmetic::numbers_in_unit;
  if (count >= whole) return is_row ? Arithmetic::row_units(from) : Arithmetic::units(from);
  typename Arithmetic::Stored some[whole] = {};
  std::memcpy(some, from, std::max<int64_t>(count, 0) * sizeof(some[0]));
  return is_row ? Arithmetic::row_units(some) : Arithmetic::units(some);
}

template <typename Arithmetic>
LAYERED_AVX2 void pack_rows(
    const MatrixRows<typename Arithmetic::Stored> &x, int64_t first, int64_t row_count, int64_t number,
    int64_t number_count, Unit *to) {
  constexpr int64_t numbers = Arithmetic::numbers_in_unit;
  for (int64_t row = 0; row < row_count; ++row) {
    const auto *from = x.numbers + (first + row) * x.stride + number;
    for (int64_t unit = 0; unit * numbers < number_count; unit += 8) {
      _mm256_storeu_si256(
          reinterpret_cast<__m256i *>(to + row * block_units + unit),
          load_units<Arithmetic, true>(from + unit * numbers, number_count - unit * numbers));
    }
  }
}

// `start` receives what the offset of the rows asks for.
template <typename Arithmetic>
LAYERED_AVX2 void pack_panel(
    const MatrixRows<typename Arithmetic::Stored> &w, int64_t first, int64_t number, int64_t number_count, Unit *to,
    typename Arithmetic::Sum *start) {
  constexpr int64_t numbers = Arithmetic::numbers_in_unit;
  constexpr int64_t columns = ProductMemory<Arithmetic>::panel_columns;
  for (int64_t column = 0; column < columns; column += 8) {
    __m256i of_column[8] = {};
    for (int64_t unit = 0; unit * numbers < number_count; unit += 8) {
      __m256i rows[8];
      for (int64_t i = 0; i < 8; ++i) {
        const int64_t row = first + column + i;
        rows[i] = row < w.count ? load_units<Arithmetic, false>(
                                      w.numbers + row * w.stride + number + unit * numbers,
                                      number_count - unit * numbers)
                                : _mm256_setzero_si256();
        if constexpr (Arithmetic::has_offset) {
          const auto pairs = _mm256_maddubs_epi16(_mm256_set1_epi8(1), rows[i]);
          of_column[i] = _mm256_add_epi32(of_column[i], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
      }
      transpose_units(rows, to + unit * columns + column, columns);
    }
    if constexpr (Arithmetic::has_offset) {
      for (int64_t i = 0; i < 8; ++i) {
        int32_t parts[8];
        std::memcpy(parts, &of_column[i], sizeof(parts));
        int32_t sum = 0;
        for (int32_t part : parts) sum += part;
        start[column + i] = -128 * sum;
      }
    }
  }
}

// Asks for one row of the panel that comes next, which begins too often in another place for the processor to foresee.
template <typename Stored>
inline void prefetch_panel(
    const MatrixRows<Stored> &w, int64_t first, int64_t columns, int64_t number, int64_t number_count, int64_t index) {
  if (index >= columns || first + index >= w.count) return;
  const Stored *from = w.numbers + (first + index) * w.stride + number;
  for (int64_t i = 0; i < number_count; i += 64 / static_cast<int64_t>(sizeof(Stored))) __builtin_prefetch(from + i);
}

// The sums of one task, rows `first_row`... of x by rows `first_column`... of W, in `memory.sums`.
template <typename Arithmetic>
void multiply(
    const MatrixRows<typename Arithmetic::Stored> &x, const MatrixRows<typename Arithmetic::Stored> &w, int64_t width,
    int64_t first_row, int64_t first_column, ProductMemory<Arithmetic> &memory) {
  constexpr int64_t columns = ProductMemory<Arithmetic>::panel_columns;
  constexpr int64_t block = block_units * Arithmetic::numbers_in_unit;
  const auto multiply_tile = tile_multiplication<Arithmetic>();
  const int64_t row_count = std::min(task_rows, x.count - first_row);
  const int64_t column_count = std::min(task_columns, w.count - first_column);
  typename Arithmetic::Sum start[columns] = {};
  for (int64_t number = 0; number < width; number += block) {
    const int64_t number_count = std::min(block, width - number);
    const int64_t unit_count = (number_count + Arithmetic::numbers_in_unit - 1) / Arithmetic::numbers_in_unit;
    pack_rows<Arithmetic>(x, first_row, row_count, number, number_count, memory.rows.data());
    for (int64_t column = 0; column < column_count; column += columns) {
      pack_panel<Arithmetic>(w, first_column + column, number, number_count, memory.panel.data(), start);
      // Rows beyond the last hold what was there before; their sums are never read.
      for (int64_t row = 0; row < row_count; row += tile_rows) {
        prefetch_panel(w, first_column + column + columns, columns, number, number_count, row / tile_rows);
        multiply_tile(
            memory.rows.data() + row * block_units, block_units, memory.panel.data(), unit_count,
            memory.sums_of(column) + row * columns, number == 0, start);
      }
    }
  }
}

}  // namespace layered
#endif
