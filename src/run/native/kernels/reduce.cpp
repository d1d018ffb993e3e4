#include "run/native/kernels/reduce.h"

#include "run/native/kernels/impl/table.h"

namespace pullback::kernels {

void reduce_rows(Reduction reduction, const float* x, int64_t rows, int64_t columns, float* y,
                 Isa isa) {
  PULLBACK_SELECT_TABLE(isa, reduce_table).rows(reduction == Reduction::max, x, rows, columns, y);
}

void reduce_columns(Reduction reduction, const float* x, int64_t rows, int64_t columns, float* y,
                    Isa isa) {
  PULLBACK_SELECT_TABLE(isa, reduce_table)
      .columns(reduction == Reduction::max, x, rows, columns, y);
}

}  // namespace pullback::kernels
