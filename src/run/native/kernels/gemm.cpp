#include "run/native/kernels/gemm.h"

#include <algorithm>

#include "base/parallel.h"
#include "run/native/kernels/impl/table.h"

namespace pullback::kernels {

namespace {

/// Rows, columns and products of a block: a packed block of A and one of B lie in the second-level
/// cache, a panel of B and a tile of A about in the first.
constexpr int64_t kBlockM = 192, kBlockN = 256, kBlockK = 384;
/// Room for whole vectors behind a block.
constexpr int64_t kSlack = 64;

/// How the threads share C: `rows` × `columns` parts.
struct Grid {
  int rows = 1, columns = 1;
};

int64_t round_up(int64_t n, int64_t granule) { return (n + granule - 1) / granule * granule; }

/// The grid whose largest part is the smallest; of equals, the one with the most columns, whose
/// threads share no part of B.
Grid grid_of(const Gemm& g, int threads, int lanes) {
  if (g.m * g.n * g.k < 1 << 16) return {};
  Grid best;
  int64_t least = INT64_MAX;
  for (int rows = 1; rows <= threads; ++rows) {
    const int columns = threads / rows;
    const int64_t m = (g.m + rows - 1) / rows;
    const int64_t n = round_up((round_up(g.n, lanes) + columns - 1) / columns, lanes);
    if (m * n < least) {
      least = m * n;
      best = {rows, columns};
    }
  }
  return best;
}

int64_t packed_a_size(const Gemm& g) {
  return g.trans_a ? std::min(kBlockM, g.m) * std::min(kBlockK, g.k) + kSlack : 0;
}

int64_t packed_b_size(const Gemm& g, int lanes) {
  return std::min(kBlockN, round_up(g.n, lanes)) * std::min(kBlockK, g.k) + kSlack;
}

/// Part `part` of `parts` of `count` items, cut at multiples of `granule`.
int64_t cut(int64_t count, int part, int parts, int64_t granule) {
  const int64_t blocks = (count + granule - 1) / granule;
  return std::min(count, blocks * part / parts * granule);
}

}  // namespace

size_t gemm_scratch_size(const Gemm& g, Isa isa) {
  return static_cast<size_t>(round_up(packed_a_size(g), 16) +
                             round_up(packed_b_size(g, vector_width(isa)), 16));
}

void gemm(const Gemm& g, const float* a, const float* b, float* c, const GemmEpilogue& epilogue,
          int threads, float* const* scratch, Isa isa) {
  const int lanes = vector_width(isa);
  const GemmTable& table = PULLBACK_SELECT_TABLE(isa, gemm_table);
  GemmCall call{};
  call.a = a;
  call.b = b;
  call.c = c;
  call.lda = g.lda ? g.lda : g.trans_a ? g.m : g.k;
  call.ldb = g.ldb ? g.ldb : g.trans_b ? g.k : g.n;
  call.ldc = g.ldc ? g.ldc : g.n;
  call.trans_a = g.trans_a;
  call.trans_b = g.trans_b;
  call.alpha = g.alpha;
  call.beta = g.beta;
  call.k = g.k;
  call.bias = epilogue.bias;
  call.relu = epilogue.relu;
  call.mask = epilogue.mask;
  call.mask_stride = epilogue.mask_stride ? epilogue.mask_stride : g.n;
  call.block_m = kBlockM;
  call.block_n = kBlockN;
  call.block_k = kBlockK;
  const Grid grid = grid_of(g, threads, lanes);
  parallel(grid.rows * grid.columns, [&](const Team& team) {
    for (int part = team.thread(); part < grid.rows * grid.columns; part += team.threads()) {
      const int row = part / grid.columns, column = part % grid.columns;
      GemmCall mine = call;
      mine.m0 = cut(g.m, row, grid.rows, 1);
      mine.m1 = cut(g.m, row + 1, grid.rows, 1);
      mine.n0 = cut(g.n, column, grid.columns, lanes);
      mine.n1 = cut(g.n, column + 1, grid.columns, lanes);
      mine.packed_a = scratch[team.thread()];
      mine.packed_b = mine.packed_a + round_up(packed_a_size(g), 16);
      table.multiply(mine);
    }
  });
}

}  // namespace pullback::kernels
