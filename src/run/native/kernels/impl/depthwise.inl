// Depthwise convolution: every channel with a kernel of its own, vectors along the channels.
#include "run/native/kernels/impl/simd.inl"

namespace pullback::kernels::PULLBACK_SIMD {
namespace {

/// Pixels whose sums are in registers together.
constexpr int kPixels = 8;

/// The first n channels of a pixel, all lanes if `Whole`.
template <bool Whole>
PULLBACK_INLINE V load_channels(const float* p, int n) {
  return Whole ? load(p) : load_first(p, n);
}

template <int Pixels, bool Whole>
PULLBACK_INLINE void forward_tile(const DepthwiseRun& r, const float* x, const float* w, float* y,
                                  V start, bool rectified, int n) {
  V sums[Pixels];
  for (int t = 0; t < Pixels; ++t) sums[t] = start;
  for (int k = 0; k < r.tap_count; ++k) {
    const V weight = load_channels<Whole>(w + r.taps[k].w, n);
    const float* from = x + r.taps[k].x;
    for (int t = 0; t < Pixels; ++t) {
      sums[t] += load_channels<Whole>(from + t * r.x_step, n) * weight;
    }
  }
  for (int t = 0; t < Pixels; ++t) {
    const V sum = rectified ? relu(sums[t]) : sums[t];
    if (Whole) {
      store(y + t * r.y_step, sum);
    } else {
      store_first(y + t * r.y_step, sum, n);
    }
  }
}

template <bool Whole>
PULLBACK_INLINE void forward_channels(const DepthwiseRun& r, const float* x, const float* w,
                                      float* y, const float* bias, bool rectified, int n) {
  const V start = bias ? load_channels<Whole>(bias, n) : zero();
  int t = 0;
  for (; t + kPixels <= r.count; t += kPixels) {
    forward_tile<kPixels, Whole>(r, x + t * r.x_step, w, y + t * r.y_step, start, rectified, n);
  }
  if (t == r.count) return;
  with_constant<kPixels>(r.count - t, [&]<int Pixels>() {
    forward_tile<Pixels, Whole>(r, x + t * r.x_step, w, y + t * r.y_step, start, rectified, n);
  });
}

void forward(const DepthwiseRun& r, const float* x, const float* w, float* y, const float* bias,
             bool rectified) {
  int c = 0;
  for (; c + kLanes <= r.channels; c += kLanes) {
    forward_channels<true>(r, x + c, w + c, y + c, bias ? bias + c : nullptr, rectified, kLanes);
  }
  if (c == r.channels) return;
  forward_channels<false>(r, x + c, w + c, y + c, bias ? bias + c : nullptr, rectified,
                          r.channels - c);
}

template <int Taps, bool Whole>
PULLBACK_INLINE void accumulate_taps(const DepthwiseRun& r, const DepthwiseTap* taps,
                                     const float* x, const float* dy, float* accumulator, int n) {
  V sums[Taps];
  for (int k = 0; k < Taps; ++k) sums[k] = zero();
  for (int t = 0; t < r.count; ++t) {
    const V d = load_channels<Whole>(dy + t * r.y_step, n);
    const float* from = x + t * r.x_step;
    for (int k = 0; k < Taps; ++k) {
      sums[k] += load_channels<Whole>(from + taps[k].x, n) * d;
    }
  }
  for (int k = 0; k < Taps; ++k) {
    float* to = accumulator + taps[k].w;
    if (Whole) {
      store(to, load(to) + sums[k]);
    } else {
      store_first(to, load_first(to, n) + sums[k], n);
    }
  }
}

void accumulate(const DepthwiseRun& r, const float* x, const float* dy, float* accumulator) {
  for (int c = 0; c < r.channels; c += kLanes) {
    const int n = smaller(kLanes, r.channels - c);
    for_tiles(r.tap_count, [&]<int Taps>(int first) {
      if (n == kLanes) {
        accumulate_taps<Taps, true>(r, r.taps + first, x + c, dy + c, accumulator + c, n);
      } else {
        accumulate_taps<Taps, false>(r, r.taps + first, x + c, dy + c, accumulator + c, n);
      }
    });
  }
}

}  // namespace

const DepthwiseTable depthwise_table{forward, accumulate};

}  // namespace pullback::kernels::PULLBACK_SIMD
