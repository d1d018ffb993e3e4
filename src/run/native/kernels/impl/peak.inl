// Independent chains of multiply-adds, enough to hide their latency.
#include "run/native/kernels/impl/simd.inl"

namespace pullback::kernels::PULLBACK_SIMD {
namespace {

constexpr int kChains = 12;

/// Runs `count` rounds and returns the multiply-adds' floating-point operations; `sink` gets a
/// value that depends on all of them.
double multiply_adds(int64_t count, float factor, float offset, float* sink) {
  V acc[kChains];
  for (int i = 0; i < kChains; ++i) acc[i] = splat(factor + static_cast<float>(i));
  const V b = splat(factor), c = splat(offset);
  for (int64_t n = 0; n < count; ++n) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) acc[i] = acc[i] * b + c;
  }
  V sum = zero();
  for (int i = 0; i < kChains; ++i) sum += acc[i];
  store_first(sink, sum, 1);
  return 2.0 * kChains * kLanes * static_cast<double>(count);
}

}  // namespace

const PeakTable peak_table{multiply_adds};

}  // namespace pullback::kernels::PULLBACK_SIMD
