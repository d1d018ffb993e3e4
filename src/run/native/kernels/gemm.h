#pragma once

#include <cstddef>
#include <cstdint>

#include "run/native/kernels/isa.h"

namespace pullback::kernels {

/// C = alpha · op(A) · op(B) + beta · C, all row-major: op(A) is [m, k], op(B) is [k, n], C is [m,
/// n]. A is stored [m, k] with row stride lda, or [k, m] where trans_a; B likewise. Row strides are
/// in floats; 0 means dense. With beta = 0, C is not read.
struct Gemm {
  int64_t m = 0, n = 0, k = 0;
  bool trans_a = false, trans_b = false;
  int64_t lda = 0, ldb = 0, ldc = 0;
  float alpha = 1, beta = 0;
};

/// Applied in this order while C is in the cache: C += bias (per column), C = max(0, C),
/// C = mask > 0 ? C : 0.
struct GemmEpilogue {
  const float* bias = nullptr;  // [n]
  bool relu = false;
  const float* mask = nullptr;  // [m, n], row stride mask_stride
  int64_t mask_stride = 0;      // 0 means n
};

/// Floats of scratch that each thread needs for this product.
size_t gemm_scratch_size(const Gemm& gemm, Isa isa = active_isa());

/// Runs on up to `threads` threads of a parallel region of its own (called within one, it works
/// alone). scratch[t] is thread t's. k must be positive. Nothing is allocated; results for the same
/// number of threads are the same on every run.
void gemm(const Gemm& gemm, const float* a, const float* b, float* c, const GemmEpilogue& epilogue,
          int threads, float* const* scratch, Isa isa = active_isa());

}  // namespace pullback::kernels
