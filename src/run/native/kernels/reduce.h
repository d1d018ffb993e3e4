#pragma once

#include <cstdint>

#include "run/native/kernels/isa.h"

namespace pullback::kernels {

enum class Reduction { sum, max };

/// y[r] = reduction over c of x[r, c]; x is [rows, columns], dense. A NaN gives NaN.
void reduce_rows(Reduction reduction, const float* x, int64_t rows, int64_t columns, float* y,
                 Isa isa = active_isa());

/// y[c] = reduction(y[c], reduction over r of x[r, c]): accumulates into y [columns], which the
/// caller initialises (0 or −∞). Rows are summed in blocks, so the error grows with √rows or less.
void reduce_columns(Reduction reduction, const float* x, int64_t rows, int64_t columns, float* y,
                    Isa isa = active_isa());

}  // namespace pullback::kernels
