// Winograd F(2×2, 3×3) on NHWC images (Lavin and Gray, arXiv:1509.09308): an output tile of 2 × 2
// pixels is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A with the 4 × 4 input tile d, so that the channels' products
// are 16 matrix products, one for each of the 16 points.
//
// Scratch: U [16][c / lanes][batch][lanes] (forward) or [16][batch][c] (backward weights), the
// transformed input tiles of a batch, then M, the products or the transformed cotangents, alike,
// then a row of zeros. Planes (the 16 points) are WinogradPlan::u_plane and m_plane floats apart.
#include "run/native/kernels/impl/simd.inl"

namespace pullback::kernels::PULLBACK_SIMD {
namespace {

/// Tiles [first, last) of one row of tiles of one image; `slot` is first's place in the batch.
struct Run {
  int image, row, first, last, slot;
};

/// Calls f(run) for each run of tiles in [begin, end) of the linear tile index.
template <class F>
PULLBACK_INLINE void for_runs(const WinogradPlan& p, int64_t begin, int64_t end, const F& f) {
  const int64_t per_image = static_cast<int64_t>(p.tiles_h) * p.tiles_w;
  for (int64_t t = begin; t < end;) {
    const int64_t in_image = t % per_image;
    Run run;
    run.image = static_cast<int>(t / per_image);
    run.row = static_cast<int>(in_image / p.tiles_w);
    run.first = static_cast<int>(in_image % p.tiles_w);
    run.last = static_cast<int>(smaller<int64_t>(p.tiles_w, run.first + (end - t)));
    run.slot = static_cast<int>(t - begin);
    t += run.last - run.first;
    f(run);
  }
}

/// One column of Bᵀ d, from the four rows at pixel offset `at`.
PULLBACK_INLINE void input_column(const float* const rows[4], ptrdiff_t at, V out[4]) {
  const V d0 = load(rows[0] + at), d1 = load(rows[1] + at);
  const V d2 = load(rows[2] + at), d3 = load(rows[3] + at);
  out[0] = d0 - d2;
  out[1] = d1 + d2;
  out[2] = d2 - d1;
  out[3] = d1 - d3;
}

/// Stores (Bᵀ d) B: four points a row, `plane` apart.
PULLBACK_INLINE void store_input_tile(V c[4][4], float* u, size_t plane) {
  for (int y = 0; y < 4; ++y, u += 4 * plane) {
    store(u, c[0][y] - c[2][y]);
    store(u + plane, c[1][y] + c[2][y]);
    store(u + 2 * plane, c[2][y] - c[1][y]);
    store(u + 3 * plane, c[1][y] - c[3][y]);
  }
}

/// Transforms the tiles of a run, one vector of channels at a time. Tile t's vector b of point k
/// goes to u[k · u_plane + b · block + t · tile].
PULLBACK_INLINE void transform_input(const WinogradPlan& p, const float* x, const Run& run,
                                     const float* zeros, float* u, size_t block, size_t tile) {
  const float* rows[4];
  for (int k = 0; k < 4; ++k) {
    const int y = 2 * run.row - p.pad_top + k;
    rows[k] = y < 0 || y >= p.in_h
                  ? zeros
                  : x + (static_cast<size_t>(run.image) * p.in_h + y) * p.in_w * p.in_c;
  }
  const int x0 = 2 * run.first - p.pad_left;
  for (int b = 0; b < p.in_c / kLanes; ++b) {
    V c[4][4];
    const auto column = [&](int pixel, V out[4]) {
      if (static_cast<unsigned>(pixel) < static_cast<unsigned>(p.in_w)) {
        input_column(rows, static_cast<ptrdiff_t>(pixel) * p.in_c + b * kLanes, out);
      } else {
        for (int k = 0; k < 4; ++k) out[k] = zero();
      }
    };
    float* to = u + b * block + run.slot * tile;
    column(x0, c[0]);
    column(x0 + 1, c[1]);
    for (int t = 0; t < run.last - run.first; ++t, to += tile) {
      column(x0 + 2 * t + 2, c[2]);
      column(x0 + 2 * t + 3, c[3]);
      store_input_tile(c, to, p.u_plane);
      for (int k = 0; k < 4; ++k) {
        c[0][k] = c[2][k];
        c[1][k] = c[3][k];
      }
    }
  }
}

/// m[r][0 … T) += u · w: T tiles × R vectors of output channels in registers, over all input
/// channels. u is [blocks][batch][lanes], w [in_c][R · lanes], m [R][batch][lanes].
template <int T, int R>
PULLBACK_INLINE void multiply_tile(const float* u, size_t batch, int blocks, const float* w,
                                   float* m) {
  V acc[R][T];
  for (int r = 0; r < R; ++r) {
    for (int t = 0; t < T; ++t) acc[r][t] = zero();
  }
  for (int b = 0; b < blocks; ++b, u += batch * kLanes) {
#pragma GCC unroll 4
    for (int i = 0; i < kLanes; ++i, w += R * kLanes) {
      V column[R];
      for (int r = 0; r < R; ++r) column[r] = load(w + r * kLanes);
#pragma GCC unroll 12
      for (int t = 0; t < T; ++t) {
        const V s = splat(u[t * kLanes + i]);
        for (int r = 0; r < R; ++r) acc[r][t] += column[r] * s;
      }
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int t = 0; t < T; ++t) store(m + (r * batch + t) * kLanes, acc[r][t]);
  }
}

template <int R>
PULLBACK_INLINE void multiply_columns(const float* u, size_t batch, int tiles, int blocks,
                                      const float* w, float* m) {
  for_tiles(tiles, [&]<int T>(int t) {
    multiply_tile<T, R>(u + t * kLanes, batch, blocks, w, m + t * kLanes);
  });
}

/// M = U · W for all 16 points.
void multiply(const WinogradPlan& p, int tiles, const float* u, const float* packed, float* m) {
  const int in_blocks = p.in_c / kLanes, out_blocks = p.out_c / kLanes;
  const size_t batch = p.batch;
  for (int k = 0; k < 16; ++k) {
    const float* w = packed + static_cast<size_t>(k) * p.in_c * p.out_c;
    float* to = m + k * p.m_plane;
    int o = 0;
    for (; o + 2 <= out_blocks; o += 2, w += 2 * p.in_c * kLanes) {
      multiply_columns<2>(u + k * p.u_plane, batch, tiles, in_blocks, w, to + o * batch * kLanes);
    }
    if (o < out_blocks) {
      multiply_columns<1>(u + k * p.u_plane, batch, tiles, in_blocks, w, to + o * batch * kLanes);
    }
  }
}

/// Aᵀ m A of one tile and vector of channels.
PULLBACK_INLINE void output_tile(const float* m, size_t plane, V out[2][2]) {
  V s[2][4];
  for (int x = 0; x < 4; ++x) {
    const V a = load(m + x * plane), b = load(m + (4 + x) * plane);
    const V c = load(m + (8 + x) * plane), d = load(m + (12 + x) * plane);
    s[0][x] = a + b + c;
    s[1][x] = b - c - d;
  }
  for (int y = 0; y < 2; ++y) {
    out[y][0] = s[y][0] + s[y][1] + s[y][2];
    out[y][1] = s[y][1] - s[y][2] - s[y][3];
  }
}

template <bool Bias, bool Relu>
void transform_output(const WinogradPlan& p, const Run& run, const float* m, const float* bias,
                      float* y) {
  const int rows = smaller(2, p.out_h - 2 * run.row);
  const size_t row_size = static_cast<size_t>(p.out_w) * p.out_c;
  float* image = y + (static_cast<size_t>(run.image) * p.out_h + 2 * run.row) * row_size;
  for (int b = 0; b < p.out_c / kLanes; ++b) {
    const V add = Bias ? load(bias + b * kLanes) : zero();
    const float* from = m + (static_cast<size_t>(b) * p.batch + run.slot) * kLanes;
    for (int t = run.first; t < run.last; ++t, from += kLanes) {
      V out[2][2];
      output_tile(from, p.m_plane, out);
      const int columns = smaller(2, p.out_w - 2 * t);
      float* to = image + static_cast<size_t>(2 * t) * p.out_c + b * kLanes;
      for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < columns; ++j) {
          V v = out[i][j];
          if (Bias) v += add;
          if (Relu) v = relu(v);
          store(to + i * row_size + static_cast<size_t>(j) * p.out_c, v);
        }
      }
    }
  }
}

void forward(const WinogradPlan& p, const float* x, const float* packed, float* y,
             const float* bias, bool relu, float* scratch, int images) {
  float *u = scratch, *m = u + 16 * p.u_plane, *zeros = m + 16 * p.m_plane;
  for (int i = 0; i < p.in_w * p.in_c; ++i) zeros[i] = 0;
  const auto output = bias
                          ? (relu ? transform_output<true, true> : transform_output<true, false>)
                          : (relu ? transform_output<false, true> : transform_output<false, false>);
  const int64_t tiles = static_cast<int64_t>(images) * p.tiles_h * p.tiles_w;
  for (int64_t begin = 0; begin < tiles; begin += p.batch) {
    const int64_t end = smaller<int64_t>(tiles, begin + p.batch);
    for_runs(p, begin, end, [&](const Run& run) {
      transform_input(p, x, run, zeros, u, static_cast<size_t>(p.batch) * kLanes, kLanes);
    });
    multiply(p, static_cast<int>(end - begin), u, packed, m);
    for_runs(p, begin, end, [&](const Run& run) { output(p, run, m, bias, y); });
  }
}

/// G a, of three values: a, (a + b + c) / 2, (a − b + c) / 2, c.
PULLBACK_INLINE void weight_column(V a, V b, V c, V out[4]) {
  const V sum = 0.5f * (a + c), middle = 0.5f * b;
  out[0] = a;
  out[1] = sum + middle;
  out[2] = sum - middle;
  out[3] = c;
}

/// G g Gᵀ of one vector; tap(a, b) loads g[a][b].
template <class Tap>
PULLBACK_INLINE void transform_weights(const Tap& tap, V out[16]) {
  V rows[3][4];
  for (int a = 0; a < 3; ++a) weight_column(tap(a, 0), tap(a, 1), tap(a, 2), rows[a]);
  for (int x = 0; x < 4; ++x) {
    V column[4];
    weight_column(rows[0][x], rows[1][x], rows[2][x], column);
    for (int y = 0; y < 4; ++y) out[4 * y + x] = column[y];
  }
}

/// Where output channel o of input channel i lies in a point's packed weights: panels of two
/// vectors of output channels (the last may have one), [in_c][vectors · lanes] each.
PULLBACK_INLINE size_t packed_index(int in_c, int out_c, int i, int o) {
  const int panel = o / (2 * kLanes), width = smaller(2 * kLanes, out_c - panel * 2 * kLanes);
  return static_cast<size_t>(panel) * 2 * kLanes * in_c + static_cast<size_t>(i) * width +
         o % (2 * kLanes);
}

/// Packs input channels [begin, end) of w [3][3][in_c][out_c], or of the transposed array.
void prepare(int in_c, int out_c, bool reversed, bool transposed, const float* w, float* packed,
             int begin, int end) {
  const size_t pair = static_cast<size_t>(in_c) * out_c;
  V points[16];
  for (int i = begin; i < end; i += transposed ? kLanes : 1) {
    for (int o = 0; o < out_c; o += transposed ? 1 : kLanes) {
      const float* from = transposed ? w + static_cast<size_t>(o) * in_c + i
                                     : w + static_cast<size_t>(i) * out_c + o;
      transform_weights(
          [&](int a, int b) { return load(from + (reversed ? 8 - 3 * a - b : 3 * a + b) * pair); },
          points);
      const size_t at = packed_index(in_c, out_c, i, o);
      if (transposed) {
        const size_t next = packed_index(in_c, out_c, i + 1, o) - at;
        for (int k = 0; k < 16; ++k) {
          for (int lane = 0; lane < kLanes; ++lane) {
            packed[k * pair + at + lane * next] = points[k][lane];
          }
        }
      } else {
        for (int k = 0; k < 16; ++k) store(packed + k * pair + at, points[k]);
      }
    }
  }
}

/// A dy Aᵀ of a run's tiles (dy's tile is 2 × 2, zero outside the image), to
/// m[k · m_plane + t · out_c + o].
void transform_cotangent(const WinogradPlan& p, const float* dy, const Run& run, float* m) {
  const bool second_row = 2 * run.row + 1 < p.out_h;
  const size_t row_size = static_cast<size_t>(p.out_w) * p.out_c, plane = p.m_plane;
  const float* image = dy + (static_cast<size_t>(run.image) * p.out_h + 2 * run.row) * row_size;
  for (int t = run.first; t < run.last; ++t) {
    const bool second_column = 2 * t + 1 < p.out_w;
    const float* from = image + static_cast<size_t>(2 * t) * p.out_c;
    float* to = m + static_cast<size_t>(run.slot + t - run.first) * p.out_c;
    for (int o = 0; o < p.out_c; o += kLanes, from += kLanes, to += kLanes) {
      const V a = load(from);
      const V b = second_column ? load(from + p.out_c) : zero();
      const V c = second_row ? load(from + row_size) : zero();
      const V d = second_row && second_column ? load(from + row_size + p.out_c) : zero();
      const V rows[4][2] = {{a, b}, {a + c, b + d}, {a - c, b - d}, {-c, -d}};
      for (int y = 0; y < 4; ++y) {
        float* z = to + 4 * y * plane;
        store(z, rows[y][0]);
        store(z + plane, rows[y][0] + rows[y][1]);
        store(z + 2 * plane, rows[y][0] - rows[y][1]);
        store(z + 3 * plane, -rows[y][1]);
      }
    }
  }
}

/// acc[i][o] += Σ_t u[t][i] · m[t][o]: T input channels × R vectors of output channels in
/// registers.
template <int T, int R>
PULLBACK_INLINE void outer_products(const float* u, int in_c, const float* m, int out_c, int tiles,
                                    float* sum) {
  V acc[T][R];
  for (int i = 0; i < T; ++i) {
    for (int r = 0; r < R; ++r) acc[i][r] = load(sum + static_cast<size_t>(i) * out_c + r * kLanes);
  }
#pragma GCC unroll 2
  for (int t = 0; t < tiles; ++t, u += in_c, m += out_c) {
    V row[R];
    for (int r = 0; r < R; ++r) row[r] = load(m + r * kLanes);
#pragma GCC unroll 12
    for (int i = 0; i < T; ++i) {
      const V s = splat(u[i]);
      for (int r = 0; r < R; ++r) acc[i][r] += s * row[r];
    }
  }
  for (int i = 0; i < T; ++i) {
    for (int r = 0; r < R; ++r) {
      store(sum + static_cast<size_t>(i) * out_c + r * kLanes, acc[i][r]);
    }
  }
}

template <int R>
PULLBACK_INLINE void outer_product_columns(const WinogradPlan& p, const float* u, const float* m,
                                           int tiles, float* sum) {
  for_tiles(p.in_c, [&]<int T>(int i) {
    outer_products<T, R>(u + i, p.in_c, m, p.out_c, tiles, sum + static_cast<size_t>(i) * p.out_c);
  });
}

/// accumulator [16][in_c][out_c] += Σ over tiles of U ⊗ M.
void accumulate(const WinogradPlan& p, const float* x, const float* dy, float* accumulator,
                float* scratch, int images) {
  float *u = scratch, *m = u + 16 * p.u_plane, *zeros = m + 16 * p.m_plane;
  for (int i = 0; i < p.in_w * p.in_c; ++i) zeros[i] = 0;
  const int64_t all = static_cast<int64_t>(images) * p.tiles_h * p.tiles_w;
  for (int64_t begin = 0; begin < all; begin += p.batch) {
    const int64_t end = smaller<int64_t>(all, begin + p.batch);
    const int tiles = static_cast<int>(end - begin);
    for_runs(p, begin, end, [&](const Run& run) {
      transform_input(p, x, run, zeros, u, kLanes, p.in_c);
      transform_cotangent(p, dy, run, m);
    });
    for (int k = 0; k < 16; ++k) {
      float* sum = accumulator + static_cast<size_t>(k) * p.in_c * p.out_c;
      const float *uk = u + k * p.u_plane, *mk = m + k * p.m_plane;
      int o = 0;
      for (; o + 2 * kLanes <= p.out_c; o += 2 * kLanes) {
        outer_product_columns<2>(p, uk, mk + o, tiles, sum + o);
      }
      if (o < p.out_c) outer_product_columns<1>(p, uk, mk + o, tiles, sum + o);
    }
  }
}

/// Gᵀ v, of four values: a + (b + c) / 2, (b − c) / 2, (b + c) / 2 + d.
PULLBACK_INLINE void gradient_column(V a, V b, V c, V d, V out[3]) {
  const V half = 0.5f * (b + c);
  out[0] = a + half;
  out[1] = 0.5f * (b - c);
  out[2] = half + d;
}

/// dw = Gᵀ (Σ accumulators) G for input channels [begin, end).
void finish(int in_c, int out_c, const float* const* accumulators, int count, float* dw, int begin,
            int end) {
  const size_t pair = static_cast<size_t>(in_c) * out_c;
  for (size_t at = static_cast<size_t>(begin) * out_c; at < static_cast<size_t>(end) * out_c;
       at += kLanes) {
    V rows[3][4];
    for (int x = 0; x < 4; ++x) {
      V v[4], column[3];
      for (int y = 0; y < 4; ++y) {
        const size_t k = (4 * y + x) * pair + at;
        v[y] = load(accumulators[0] + k);
        for (int n = 1; n < count; ++n) v[y] += load(accumulators[n] + k);
      }
      gradient_column(v[0], v[1], v[2], v[3], column);
      for (int a = 0; a < 3; ++a) rows[a][x] = column[a];
    }
    for (int a = 0; a < 3; ++a) {
      V out[3];
      gradient_column(rows[a][0], rows[a][1], rows[a][2], rows[a][3], out);
      for (int b = 0; b < 3; ++b) store(dw + (3 * a + b) * pair + at, out[b]);
    }
  }
}

}  // namespace

const WinogradTable winograd_table{prepare, forward, accumulate, finish};

}  // namespace pullback::kernels::PULLBACK_SIMD
