// Pooling of one NHWC image, vectorised over its channels.
#include "run/native/kernels/impl/simd.inl"

namespace pullback::kernels::PULLBACK_SIMD {
namespace {

typedef uint8_t Places __attribute__((vector_size(kLanes), aligned(1), may_alias));

/// The maximum of a vector of channels over window (i, j), and its place.
PULLBACK_INLINE void max_of_window(const PoolPlan& p, const float* x, int i, int j, int c, float* y,
                                   uint8_t* index) {
  V best = splat(-__builtin_inff());
  I at = splat_i(255);
  for (int a = 0; a < p.window_h; ++a) {
    int r = i * p.stride_h + a * p.dilation_h - p.pad_top;
    if (r < 0 || r >= p.in_h) continue;
    for (int b = 0; b < p.window_w; ++b) {
      int s = j * p.stride_w + b * p.dilation_w - p.pad_left;
      if (s < 0 || s >= p.in_w) continue;
      V v = load(x + (static_cast<size_t>(r) * p.in_w + s) * p.channels + c);
      I better = (at == splat_i(255)) | (v > best) | ((v != v) & (best == best));
      best = better ? v : best;
      at = better ? splat_i(a * p.window_w + b) : at;
    }
  }
  store(y, best);
  if (index) *reinterpret_cast<Places*>(index) = __builtin_convertvector(at, Places);
}

/// Adds a vector of channels of window (i, j)'s cotangent to the places of its maxima.
PULLBACK_INLINE void add_to_window(const PoolPlan& p, const float* dy, const uint8_t* index, int i,
                                   int j, int c, float* dx) {
  V g = load(dy);
  I at = __builtin_convertvector(*reinterpret_cast<const Places*>(index), I);
  for (int a = 0; a < p.window_h; ++a) {
    int r = i * p.stride_h + a * p.dilation_h - p.pad_top;
    if (r < 0 || r >= p.in_h) continue;
    for (int b = 0; b < p.window_w; ++b) {
      int s = j * p.stride_w + b * p.dilation_w - p.pad_left;
      if (s < 0 || s >= p.in_w) continue;
      float* to = dx + (static_cast<size_t>(r) * p.in_w + s) * p.channels + c;
      V old = load(to);
      store(to, at == splat_i(a * p.window_w + b) ? old + g : old);
    }
  }
}

void max_pool(const PoolPlan& p, const float* x, float* y, uint8_t* index) {
  int oh = p.out_h, ow = p.out_w, C = p.channels;
  bool quads = p.window_h == 2 && p.window_w == 2 && p.stride_h == 2 && p.stride_w == 2 &&
               p.dilation_h == 1 && p.dilation_w == 1 && p.pad_top == 0 && p.pad_left == 0 &&
               2 * oh <= p.in_h && 2 * ow <= p.in_w;
  for (int i = 0; i < oh; ++i) {
    for (int j = 0; j < ow; ++j, y += C) {
      if (quads) {
        const float* a = x + (static_cast<size_t>(2 * i) * p.in_w + 2 * j) * C;
        const float* b = a + static_cast<size_t>(p.in_w) * C;
        int c = 0;
        for (; c + kLanes <= C; c += kLanes) {
          V best = load(a + c);
          I at = splat_i(0);
          auto take = [&](const float* q, int k) {
            V v = load(q + c);
            I better = (v > best) | (v != v);
            best = better ? v : best;
            at = better ? splat_i(k) : at;
          };
          take(a + C, 1);
          take(b, 2);
          take(b + C, 3);
          store(y + c, best);
          if (index) {
            *reinterpret_cast<Places*>(index + c) = __builtin_convertvector(at, Places);
          }
        }
        if (c == C) {
          if (index) index += C;
          continue;
        }
      }
      int c = 0;
      for (; c + kLanes <= C; c += kLanes) {
        max_of_window(p, x, i, j, c, y + c, index ? index + c : nullptr);
      }
      for (; c < C; ++c) {
        float best = -__builtin_inff();
        int at = 255;
        for (int a = 0; a < p.window_h; ++a) {
          int r = i * p.stride_h + a * p.dilation_h - p.pad_top;
          if (r < 0 || r >= p.in_h) continue;
          for (int b = 0; b < p.window_w; ++b) {
            int s = j * p.stride_w + b * p.dilation_w - p.pad_left;
            if (s < 0 || s >= p.in_w) continue;
            float v = x[(static_cast<size_t>(r) * p.in_w + s) * C + c];
            if (at == 255 || v > best || (v != v && best == best)) {
              best = v;
              at = a * p.window_w + b;
            }
          }
        }
        y[c] = best;
        if (index) index[c] = static_cast<uint8_t>(at);
      }
      if (index) index += C;
    }
  }
}

void max_unpool(const PoolPlan& p, const float* dy, const uint8_t* index, float* dx) {
  int oh = p.out_h, ow = p.out_w, C = p.channels;
  bool quads = p.window_h == 2 && p.window_w == 2 && p.stride_h == 2 && p.stride_w == 2 &&
               p.dilation_h == 1 && p.dilation_w == 1 && p.pad_top == 0 && p.pad_left == 0 &&
               2 * oh == p.in_h && 2 * ow == p.in_w && C % kLanes == 0;
  if (quads) {
    for (int i = 0; i < oh; ++i) {
      for (int j = 0; j < ow; ++j, dy += C, index += C) {
        float* a = dx + (static_cast<size_t>(2 * i) * p.in_w + 2 * j) * C;
        float* b = a + static_cast<size_t>(p.in_w) * C;
        for (int c = 0; c < C; c += kLanes) {
          V g = load(dy + c);
          I at = __builtin_convertvector(*reinterpret_cast<const Places*>(index + c), I);
          V none = zero();
          store(a + c, at == splat_i(0) ? g : none);
          store(a + C + c, at == splat_i(1) ? g : none);
          store(b + c, at == splat_i(2) ? g : none);
          store(b + C + c, at == splat_i(3) ? g : none);
        }
      }
    }
    return;
  }
  __builtin_memset(dx, 0, size_t(p.in_h) * p.in_w * p.channels * sizeof(float));
  for (int i = 0; i < oh; ++i) {
    for (int j = 0; j < ow; ++j, dy += C, index += C) {
      int c = 0;
      for (; c + kLanes <= C; c += kLanes) add_to_window(p, dy + c, index + c, i, j, c, dx);
      for (; c < C; ++c) {
        if (index[c] == 255) continue;
        int r = i * p.stride_h + index[c] / p.window_w * p.dilation_h - p.pad_top;
        int s = j * p.stride_w + index[c] % p.window_w * p.dilation_w - p.pad_left;
        dx[(static_cast<size_t>(r) * p.in_w + s) * C + c] += dy[c];
      }
    }
  }
}

/// Calls f(output pixel, input pixel) for all pairs of the windows, outputs in order.
template <class F>
PULLBACK_INLINE void for_windows(const PoolPlan& p, F f) {
  int oh = p.out_h, ow = p.out_w;
  for (int i = 0; i < oh; ++i) {
    for (int j = 0; j < ow; ++j) {
      for (int a = 0; a < p.window_h; ++a) {
        int r = i * p.stride_h + a * p.dilation_h - p.pad_top;
        if (r < 0 || r >= p.in_h) continue;
        for (int b = 0; b < p.window_w; ++b) {
          int s = j * p.stride_w + b * p.dilation_w - p.pad_left;
          if (s < 0 || s >= p.in_w) continue;
          f(static_cast<size_t>(i) * ow + j, static_cast<size_t>(r) * p.in_w + s);
        }
      }
    }
  }
}

void sum_pool(const PoolPlan& p, const float* x, float* y, float scale) {
  int C = p.channels;
  __builtin_memset(y, 0, size_t(p.out_h) * p.out_w * p.channels * sizeof(float));
  for_windows(p, [&](size_t o, size_t i) {
    for (int c = 0; c < C; ++c) y[o * C + c] += x[i * C + c];
  });
  if (scale != 1) {
    for (size_t k = 0; k < size_t(p.out_h) * p.out_w * p.channels; ++k) y[k] *= scale;
  }
}

void sum_unpool(const PoolPlan& p, const float* dy, float* dx, float scale) {
  int C = p.channels;
  __builtin_memset(dx, 0, size_t(p.in_h) * p.in_w * p.channels * sizeof(float));
  for_windows(p, [&](size_t o, size_t i) {
    for (int c = 0; c < C; ++c) dx[i * C + c] += scale * dy[o * C + c];
  });
}

}  // namespace

const PoolTable pool_table{max_pool, max_unpool, sum_pool, sum_unpool};

}  // namespace pullback::kernels::PULLBACK_SIMD
