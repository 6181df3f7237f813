// Sixteen numbers at a time, in whichever vector registers the calling function is compiled for.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>
#include <cstring>

#define LAYERED_INLINE inline __attribute__((always_inline))
#define LAYERED_INLINE_LAMBDA __attribute__((always_inline))

namespace layered {

constexpr int64_t lane_count = 16;
using Floats = float __attribute__((ext_vector_type(16)));
using Integers = int32_t __attribute__((ext_vector_type(16)));
using Words = uint32_t __attribute__((ext_vector_type(16)));
using HalfWords = uint16_t __attribute__((ext_vector_type(16)));

// How numbers of a stored type are read, written and rounded; arithmetic itself runs in float32.
template <typename Stored>
struct Lanes;

template <>
struct Lanes<float> {
  static LAYERED_INLINE void load(Floats &lanes, const float *from, int64_t count) {
    lanes = 0;
    std::memcpy(&lanes, from, count * sizeof(float));
  }
  static LAYERED_INLINE void store(const Floats &lanes, float *to, int64_t count) {
    std::memcpy(to, &lanes, count * sizeof(float));
  }
  static LAYERED_INLINE void round(Floats &) {}
};

template <>
struct Lanes<c10::BFloat16> {
  static LAYERED_INLINE void load(Floats &lanes, const c10::BFloat16 *from, int64_t count) {
    HalfWords halves = 0;
    std::memcpy(&halves, from, count * sizeof(uint16_t));
    lanes = (Floats)(__builtin_convertvector(halves, Words) << 16);
  }
  static LAYERED_INLINE void store(const Floats &lanes, c10::BFloat16 *to, int64_t count) {
    Words words;
    round_words(lanes, words);
    auto halves = __builtin_convertvector(words >> 16, HalfWords);
    std::memcpy(to, &halves, count * sizeof(uint16_t));
  }
  static LAYERED_INLINE void round(Floats &lanes) {
    Words words;
    round_words(lanes, words);
    lanes = (Floats)(words & 0xFFFF0000);
  }

 private:
  // The nearest bfloat16 number, ties to even, in the upper halves. A sum that rounds would turn some NaN into zero.
  static LAYERED_INLINE void round_words(const Floats &lanes, Words &words) {
    words = (Words)lanes;
    auto is_nan = (Words)(lanes != lanes);
    words += 0x7FFF + ((words >> 16) & 1);
    words = (words & ~is_nan) | (0x7FC00000 & is_nan);
  }
};

// e to the power of each lane, within 2 units in the last place; beyond ±87 the value at ±87. NaN stays NaN.
// A polynomial on half an octave either side of 0, and the exponent put in place by its bits.
LAYERED_INLINE void exponentiate(Floats &x) {
  x = x < -87 ? Floats(-87) : x;
  x = x > 87 ? Floats(87) : x;
  // Adding 1.5 * 2^23 leaves no room for a fraction.
  const Floats octaves = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
  const Floats r = x - octaves * 0.693359375f + octaves * 2.12194440e-4f;
  Floats p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1;
  x = p * (Floats)((__builtin_convertvector(octaves, Integers) + 127) << 23);
}

// GELU in its tanh form with one exponential, (1 + tanh y) / 2 = 1 / (1 + e^-2y), where y is √(2/π) (x + 0.044715 x³).
LAYERED_INLINE void apply_tanh_gelu(Floats &x) {
  Floats power = x * -1.5957691216f * (x * x * 0.044715f + 1);
  exponentiate(power);
  x /= power + 1;
}

// Calls `step(index, count)` for sixteen numbers at a time and once for those that remain.
template <typename Step>
LAYERED_INLINE void for_each_lanes(int64_t count, Step step) {
  const int64_t whole = count / lane_count * lane_count;
  for (int64_t index = 0; index < whole; index += lane_count) step(index, lane_count);
  if (whole < count) step(whole, count - whole);
}

LAYERED_INLINE float sum(const Floats &lanes) {
  float total = 0;
  for (int64_t i = 0; i < lane_count; ++i) total += lanes[i];
  return total;
}

}  // namespace layered
