#pragma once

#include <cstddef>
#include <cstdint>

#if PULLBACK_LANES >= 8
#include <immintrin.h>
#endif

#include "run/native/kernels/impl/table.h"

#define PULLBACK_INLINE static inline __attribute__((always_inline))

namespace pullback::kernels::PULLBACK_SIMD {

constexpr int kLanes = PULLBACK_LANES;
/// Rows of a register tile with two vectors of columns.
constexpr int kTileRows = PULLBACK_LANES == 16 ? 12 : 6;

typedef float V __attribute__((vector_size(kLanes * 4)));
typedef int32_t I __attribute__((vector_size(kLanes * 4)));
typedef float UnalignedV __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef int32_t UnalignedI __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

PULLBACK_INLINE V load(const float* p) { return *reinterpret_cast<const UnalignedV*>(p); }
PULLBACK_INLINE void store(float* p, V v) { *reinterpret_cast<UnalignedV*>(p) = v; }
PULLBACK_INLINE I load_i(const void* p) { return *static_cast<const UnalignedI*>(p); }
PULLBACK_INLINE void store_i(void* p, I v) { *static_cast<UnalignedI*>(p) = v; }

PULLBACK_INLINE V splat(float x) {
#if PULLBACK_LANES == 4
  return V{x, x, x, x};
#elif PULLBACK_LANES == 8
  return V{x, x, x, x, x, x, x, x};
#else
  return V{x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
#endif
}
PULLBACK_INLINE I splat_i(int32_t x) { return I{} + x; }
PULLBACK_INLINE V zero() { return V{}; }

/// The first n ≤ lanes of a vector; the others are zero, or left alone in memory.
#if PULLBACK_LANES == 16
PULLBACK_INLINE V load_first(const float* p, int n) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
}
PULLBACK_INLINE void store_first(float* p, V v, int n) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), v);
}
#elif PULLBACK_LANES == 8
PULLBACK_INLINE __m256i first_lanes(int n) {
  return reinterpret_cast<__m256i>(I{0, 1, 2, 3, 4, 5, 6, 7} < splat_i(n));
}
PULLBACK_INLINE V load_first(const float* p, int n) {
  return _mm256_maskload_ps(p, first_lanes(n));
}
PULLBACK_INLINE void store_first(float* p, V v, int n) {
  _mm256_maskstore_ps(p, first_lanes(n), v);
}
#else
PULLBACK_INLINE V load_first(const float* p, int n) {
  V v{};
  for (int i = 0; i < kLanes; ++i) v[i] = i < n ? p[i] : 0.0f;
  return v;
}
PULLBACK_INLINE void store_first(float* p, V v, int n) {
  for (int i = 0; i < kLanes; ++i) {
    if (i < n) p[i] = v[i];
  }
}
#endif

/// max(0, x); a NaN stays a NaN, as x86's max returns its second operand then.
PULLBACK_INLINE V relu(V x) { return zero() > x ? zero() : x; }

PULLBACK_INLINE V bits(I i) { return reinterpret_cast<V>(i); }
PULLBACK_INLINE I bits(V v) { return reinterpret_cast<I>(v); }

template <class T>
PULLBACK_INLINE T smaller(T a, T b) {
  return a < b ? a : b;
}
template <class T>
PULLBACK_INLINE T larger(T a, T b) {
  return a > b ? a : b;
}

/// Calls f with std::integral_constant-like values 1 … Max: f.template operator()<n>().
template <int Max, class F>
PULLBACK_INLINE void with_constant(int n, const F& f) {
  if constexpr (Max > 1) {
    if (n < Max) {
      with_constant<Max - 1>(n, f);
      return;
    }
  }
  f.template operator()<Max>();
}

/// Splits n into ceil(n / kTileRows) pieces whose sizes differ by one at most, and calls
/// f.operator()<size>(begin) for each.
template <class F>
PULLBACK_INLINE void for_tiles(int n, const F& f) {
  const int pieces = (n + kTileRows - 1) / kTileRows;
  for (int i = 0, begin = 0; i < pieces; ++i) {
    const int size = (n - begin) / (pieces - i);
    with_constant<kTileRows>(size, [&]<int T>() { f.template operator()<T>(begin); });
    begin += size;
  }
}

}  // namespace pullback::kernels::PULLBACK_SIMD
