// Reductions along the last or the first axis of a matrix.
#include "run/native/kernels/impl/simd.inl"

namespace pullback::kernels::PULLBACK_SIMD {
namespace {

template <int N>
struct Constant {};

template <bool Max>
PULLBACK_INLINE V combine(V a, V b) {
  if (!Max) return a + b;
  V most = a > b ? a : b;  // a NaN of b stays
  return a == a ? most : a;
}

template <bool Max>
PULLBACK_INLINE float combine1(float a, float b) {
  if (!Max) return a + b;
  return a != a || a > b ? a : b;
}

template <bool Max>
void rows_kernel(const float* x, int64_t rows, int64_t columns, float* y) {
  constexpr int lanes = 4;
  for (int64_t r = 0; r < rows; ++r, x += columns) {
    float start = Max ? -__builtin_inff() : 0.0f;
    V sums[lanes];
    for (V& s : sums) s = splat(start);
    int64_t c = 0;
    for (; c + lanes * kLanes <= columns; c += lanes * kLanes) {
      for (int k = 0; k < lanes; ++k) sums[k] = combine<Max>(sums[k], load(x + c + k * kLanes));
    }
    V all = combine<Max>(combine<Max>(sums[0], sums[1]), combine<Max>(sums[2], sums[3]));
    float total = start;
    if (c > 0) {
      for (int k = 0; k < kLanes; ++k) total = combine1<Max>(total, all[k]);
    }
    for (; c < columns; ++c) total = combine1<Max>(total, x[c]);
    y[r] = total;
  }
}

/// Sums blocks of rows apart, so that long sums lose less.
template <bool Max>
void columns_kernel(const float* x, int64_t rows, int64_t columns, float* y) {
  constexpr int64_t block = 64;
  int64_t c = 0;
  auto walk = [&]<int N>(Constant<N>) {
    for (; c + N * kLanes <= columns; c += N * kLanes) {
      V total[N];
      for (int k = 0; k < N; ++k) total[k] = load(y + c + k * kLanes);
      for (int64_t r0 = 0; r0 < rows; r0 += block) {
        int64_t r1 = r0 + block < rows ? r0 + block : rows;
        V part[N];
        const float* p = x + r0 * columns + c;
        for (int k = 0; k < N; ++k) part[k] = load(p + k * kLanes);
        for (int64_t r = r0 + 1; r < r1; ++r) {
          p += columns;
          for (int k = 0; k < N; ++k) part[k] = combine<Max>(part[k], load(p + k * kLanes));
        }
        for (int k = 0; k < N; ++k) total[k] = combine<Max>(total[k], part[k]);
      }
      for (int k = 0; k < N; ++k) store(y + c + k * kLanes, total[k]);
    }
  };
  walk(Constant<4>{});
  walk(Constant<1>{});
  for (; c < columns; ++c) {
    float total = y[c];
    for (int64_t r = 0; r < rows; ++r) total = combine1<Max>(total, x[r * columns + c]);
    y[c] = total;
  }
}

void rows(bool max, const float* x, int64_t rows, int64_t columns, float* y) {
  max ? rows_kernel<true>(x, rows, columns, y) : rows_kernel<false>(x, rows, columns, y);
}

void columns(bool max, const float* x, int64_t rows, int64_t columns, float* y) {
  max ? columns_kernel<true>(x, rows, columns, y) : columns_kernel<false>(x, rows, columns, y);
}

}  // namespace

const ReduceTable reduce_table{rows, columns};

}  // namespace pullback::kernels::PULLBACK_SIMD
