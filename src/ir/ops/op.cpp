#include "ir/ops/op.h"

#include "base/check.h"

namespace pullback {

std::string_view to_string(Trick trick) {
  switch (trick) {
    case Trick::constant:
      return "constant";
    case Trick::linear:
      return "linear";
    case Trick::diagonal:
      return "diagonal";
    case Trick::toeplitz:
      return "sparse Toeplitz";
    case Trick::selection:
      return "binary selection";
    case Trick::rank1:
      return "rank-1 correction";
    case Trick::outer_product:
      return "outer product";
  }
  PULLBACK_CHECK(false, "trick");
}

TypeError::TypeError(std::string_view clause, std::string message)
    : Error(std::move(message)), clause(clause) {}

void require_operands(Types in, size_t count) {
  require(in.size() == count, "", [&] {
    return "takes " + std::to_string(count) + " operands, not " + std::to_string(in.size());
  });
}

}  // namespace pullback
