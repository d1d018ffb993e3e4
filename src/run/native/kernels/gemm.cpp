#include "run/native/kernels/gemm.h"

#include <cblas.h>

#include <algorithm>

#include "base/parallel.h"

namespace pullback::kernels {

namespace {

/// A block of C: rows [m0, m1), columns [n0, n1).
struct Part {
  int64_t m0, m1, n0, n1;
};

void multiply(const Gemm& g, const float* a, const float* b, float* c, const Part& p) {
  int64_t lda = g.lda ? g.lda : g.trans_a ? g.m : g.k;
  int64_t ldb = g.ldb ? g.ldb : g.trans_b ? g.k : g.n;
  int64_t ldc = g.ldc ? g.ldc : g.n;
  auto blas = [](int64_t v) { return static_cast<blasint>(v); };
  cblas_sgemm(CblasRowMajor, g.trans_a ? CblasTrans : CblasNoTrans,
              g.trans_b ? CblasTrans : CblasNoTrans, blas(p.m1 - p.m0), blas(p.n1 - p.n0),
              blas(g.k), g.alpha, a + (g.trans_a ? p.m0 : p.m0 * lda), blas(lda),
              b + (g.trans_b ? p.n0 * ldb : p.n0), blas(ldb), g.beta, c + p.m0 * ldc + p.n0,
              blas(ldc));
}

void finish(const Gemm& g, const GemmEpilogue& e, float* c, const Part& p) {
  if (!e.bias && !e.relu && !e.mask) return;
  int64_t ldc = g.ldc ? g.ldc : g.n;
  int64_t stride = e.mask_stride ? e.mask_stride : g.n;
  for (int64_t i = p.m0; i < p.m1; ++i) {
    float* row = c + i * ldc;
    if (e.bias && e.relu) {
      for (int64_t j = p.n0; j < p.n1; ++j) {
        float v = row[j] + e.bias[j];
        row[j] = v < 0 ? 0 : v;
      }
    } else if (e.bias) {
      for (int64_t j = p.n0; j < p.n1; ++j) row[j] += e.bias[j];
    } else if (e.relu) {
      for (int64_t j = p.n0; j < p.n1; ++j) row[j] = row[j] < 0 ? 0 : row[j];
    }
    if (e.mask) {
      const float* mask = e.mask + i * stride;
      for (int64_t j = p.n0; j < p.n1; ++j) row[j] = mask[j] > 0 ? row[j] : 0;
    }
  }
}

/// OpenBLAS must not start threads of its own: each thread of the team multiplies its part.
void use_one_blas_thread() {
  static const bool once = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  (void)once;
}

}  // namespace

size_t gemm_scratch_size(const Gemm&, int, Isa) { return 0; }

void gemm(const Gemm& g, const float* a, const float* b, float* c, const GemmEpilogue& epilogue,
          int threads, float*, GemmMethod, Isa) {
  use_one_blas_thread();
  bool tall = g.m >= 512;
  int64_t extent = tall ? g.m : g.n;
  bool tiny = g.m * g.n * g.k < 1 << 16 || extent < 64;
  parallel(tiny ? 1 : threads, [&](const Team& team) {
    int64_t granule = tall ? 8 : 16;
    int64_t begin = team.begin(extent, granule), end = team.end(extent, granule);
    if (begin == end) return;
    Part part = tall ? Part{begin, end, 0, g.n} : Part{0, g.m, begin, end};
    multiply(g, a, b, c, part);
    finish(g, epilogue, c, part);
  });
}

}  // namespace pullback::kernels
