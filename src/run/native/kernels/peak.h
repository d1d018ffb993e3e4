#pragma once

#include "run/native/kernels/isa.h"

namespace pullback::kernels {

/// This machine's multiply-add peak in GFLOP/s: `threads` threads run independent fused
/// multiply-adds in registers for about `seconds`; the best of several short runs counts.
double fma_peak_gflops(int threads, double seconds, Isa isa = active_isa());

}  // namespace pullback::kernels
