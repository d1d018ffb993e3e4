// Matrix product in the manner of Goto and van de Geijn (TOMS 34(3), 2008): a register tile of T
// rows × R vectors of columns is summed over a block of k, from a panel of B that is packed once
// per block and used by all rows of A.
#include "run/native/kernels/impl/simd.inl"

namespace pullback::kernels::PULLBACK_SIMD {
namespace {

/// Columns of a panel of B.
constexpr int kPanel = 2 * kLanes;

/// A tile of A, k products deep. Spread: its rows lie `stride` apart, products side by side.
/// Otherwise its rows lie side by side, products `stride` apart.
struct TileOfA {
  const float* a;
  int64_t stride;
};

/// What becomes of a tile's sums; see GemmCall.
struct Finish {
  float alpha, beta;
  const float* bias;
  bool relu;
  const float* mask;
  int64_t mask_stride;
};

template <int R>
PULLBACK_INLINE V load_columns(const float* p, int r, int columns) {
  const int left = columns - r * kLanes;
  return left >= kLanes ? load(p + r * kLanes) : load_first(p + r * kLanes, left);
}

/// C = finish(sums), of `columns` columns.
template <int T, int R>
PULLBACK_INLINE void finish_tile(const V acc[T][R], float* c, int64_t ldc, int columns,
                                 const Finish& f) {
  const V alpha = splat(f.alpha), beta = splat(f.beta);
  V bias[R];
  for (int r = 0; r < R; ++r) bias[r] = f.bias ? load_columns<R>(f.bias, r, columns) : zero();
  for (int t = 0; t < T; ++t) {
    float* row = c + t * ldc;
    for (int r = 0; r < R; ++r) {
      V v = alpha * acc[t][r] + bias[r];
      if (f.beta != 0) v += beta * load_columns<R>(row, r, columns);
      if (f.relu) v = relu(v);
      if (f.mask) v = load_columns<R>(f.mask + t * f.mask_stride, r, columns) > zero() ? v : zero();
      const int left = columns - r * kLanes;
      if (left >= kLanes) {
        store(row + r * kLanes, v);
      } else {
        store_first(row + r * kLanes, v, left);
      }
    }
  }
}

/// C's tile over k products. The rows of a spread tile are met through every third pointer, as x86
/// addresses base + {0, 1, 2} · stride.
template <int T, int R, bool Spread>
PULLBACK_INLINE void multiply_tile(const TileOfA& a, const float* b, int k, float* c, int64_t ldc,
                                   int columns, const Finish& f) {
  // C's lines come while the products are summed.
  for (int t = 0; t < T; ++t) {
    for (int j = 0; j < R * kLanes; j += 16) __builtin_prefetch(c + t * ldc + j, 1);
  }
  V acc[T][R];
  for (int t = 0; t < T; ++t) {
    for (int r = 0; r < R; ++r) acc[t][r] = zero();
  }
  constexpr int kPointers = Spread ? (T + 2) / 3 : 1;
  const float* from[kPointers];
  for (int p = 0; p < kPointers; ++p) from[p] = a.a + 3 * p * a.stride;
#pragma GCC unroll 4
  for (int i = 0; i < k; ++i, b += R * kLanes) {
    V column[R];
    for (int r = 0; r < R; ++r) column[r] = load(b + r * kLanes);
#pragma GCC unroll 12
    for (int t = 0; t < T; ++t) {
      const V s = splat(Spread ? from[t / 3][t % 3 * a.stride] : from[0][t]);
      for (int r = 0; r < R; ++r) acc[t][r] += s * column[r];
    }
    for (int p = 0; p < kPointers; ++p) from[p] += Spread ? 1 : a.stride;
  }
  finish_tile<T, R>(acc, c, ldc, columns, f);
}

/// Transposes the block of kLanes × kLanes whose rows are v: in step s, rows i and i + s exchange
/// every other run of s lanes.
PULLBACK_INLINE void transpose(V v[kLanes]) {
#pragma GCC unroll 4
  for (int s = 1; s < kLanes; s *= 2) {
    I low{}, high{};
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      low[i] = i & s ? kLanes + i - s : i;
      high[i] = i & s ? kLanes + i : i + s;
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      if (i & s) continue;
      const V a = v[i], b = v[i + s];
      v[i] = __builtin_shuffle(a, b, low);
      v[i + s] = __builtin_shuffle(a, b, high);
    }
  }
}

/// to[i][j] = from[j][i] for i < k, j < columns; zero for other j < width.
void pack_transposed(const float* from, int64_t stride, int k, int columns, int width, float* to) {
  for (int j = 0; j < width; j += kLanes) {
    for (int i = 0; i < k; i += kLanes) {
      const int depth = smaller(kLanes, k - i);
      V v[kLanes];
      for (int t = 0; t < kLanes; ++t) {
        const float* row = from + (j + t) * stride + i;
        v[t] = j + t >= columns ? zero() : depth == kLanes ? load(row) : load_first(row, depth);
      }
      transpose(v);
      float* out = to + static_cast<size_t>(i) * width + j;
      for (int t = 0; t < depth; ++t, out += width) store(out, v[t]);
    }
  }
}

/// A panel of B, [k][width].
void pack_panel(const GemmCall& g, int64_t k0, int k, int64_t n, int columns, int width,
                float* to) {
  if (g.trans_b) {
    pack_transposed(g.b + n * g.ldb + k0, g.ldb, k, columns, width, to);
    return;
  }
  const float* from = g.b + k0 * g.ldb + n;
  for (int i = 0; i < k; ++i, from += g.ldb, to += width) {
    for (int j = 0; j < width; j += kLanes) {
      const int left = columns - j;
      store(to + j, left >= kLanes ? load(from + j) : load_first(from + j, left));
    }
  }
}

/// Rows [m, m + rows) of A, stored [k, m], in tiles [k][T].
void pack_rows(const GemmCall& g, int64_t k0, int k, int64_t m, int rows, float* to) {
  for_tiles(rows, [&]<int T>(int t) {
    const float* from = g.a + k0 * g.lda + m + t;
    for (int i = 0; i < k; ++i, from += g.lda, to += T) {
      for (int j = 0; j < T; ++j) to[j] = from[j];
    }
  });
}

/// A panel of C and what it is made of: rows [m, m + rows) of A and a packed panel of B, k deep.
struct Panel {
  const float *a, *b;
  int k, rows, columns;
  int64_t m, n;
};

enum class Rows { spread, stored, packed };  // how A's lie

template <int R, Rows A>
void multiply_panel(const GemmCall& g, const Panel& p, Finish f) {
  for_tiles(p.rows, [&]<int T>(int t) {
    const int64_t m = p.m + t;
    if (f.mask) f.mask = g.mask + m * f.mask_stride + p.n;
    const int64_t skip = A == Rows::spread ? g.lda : A == Rows::stored ? 1 : p.k;
    const TileOfA tile{p.a + t * skip, A == Rows::packed ? T : g.lda};
    multiply_tile<T, R, A == Rows::spread>(tile, p.b, p.k, g.c + m * g.ldc + p.n, g.ldc, p.columns,
                                           f);
  });
}

void multiply_panel(const GemmCall& g, Rows rows, const Panel& p, const Finish& f) {
  using enum Rows;
  const bool wide = p.columns > kLanes;
  switch (rows) {
    case spread:
      return wide ? multiply_panel<2, spread>(g, p, f) : multiply_panel<1, spread>(g, p, f);
    case stored:
      return wide ? multiply_panel<2, stored>(g, p, f) : multiply_panel<1, stored>(g, p, f);
    case packed:
      return wide ? multiply_panel<2, packed>(g, p, f) : multiply_panel<1, packed>(g, p, f);
  }
}

/// Columns [n0, n1) over the block [k0, k0 + k): each panel of B is packed when the first rows need
/// it, the rows of a transposed A where more than one panel uses them.
void multiply_block(const GemmCall& g, int64_t k0, int k, int64_t n0, int64_t n1) {
  const bool last = k0 + k == g.k;
  Finish f{g.alpha,        k0 == 0 ? g.beta : 1,    nullptr,
           last && g.relu, last ? g.mask : nullptr, g.mask_stride};
  const Rows a = !g.trans_a ? Rows::spread : n1 - n0 <= kPanel ? Rows::stored : Rows::packed;
  const int row_blocks = static_cast<int>((g.m1 - g.m0 + g.block_m - 1) / g.block_m);
  Panel p{};
  p.k = k;
  p.m = g.m0;
  for (int block = 0; block < row_blocks; ++block, p.m += p.rows) {
    p.rows = static_cast<int>((g.m1 - p.m) / (row_blocks - block));
    p.a = g.trans_a ? g.a + k0 * g.lda + p.m : g.a + p.m * g.lda + k0;
    if (a == Rows::packed) {
      pack_rows(g, k0, k, p.m, p.rows, g.packed_a);
      p.a = g.packed_a;
    }
    float* panel = g.packed_b;
    for (p.n = n0; p.n < n1; p.n += kPanel) {
      p.columns = static_cast<int>(smaller<int64_t>(kPanel, n1 - p.n));
      const int width = p.columns > kLanes ? kPanel : kLanes;
      if (block == 0) pack_panel(g, k0, k, p.n, p.columns, width, panel);
      p.b = panel;
      f.bias = last && g.bias ? g.bias + p.n : nullptr;
      multiply_panel(g, a, p, f);
      panel += static_cast<size_t>(k) * width;
    }
  }
}

void multiply(const GemmCall& g) {
  const int depth_blocks = static_cast<int>((g.k + g.block_k - 1) / g.block_k);
  for (int64_t n = g.n0; n < g.n1; n += g.block_n) {
    const int64_t n1 = smaller(g.n1, n + g.block_n);
    int64_t k0 = 0;
    for (int block = 0; block < depth_blocks; ++block) {
      const int k = static_cast<int>((g.k - k0) / (depth_blocks - block));
      multiply_block(g, k0, k, n, n1);
      k0 += k;
    }
  }
}

}  // namespace

const GemmTable gemm_table{multiply};

}  // namespace pullback::kernels::PULLBACK_SIMD
