#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace pullback {

/// The adjoint identity <c, J u> = <vjp(c), u> of one op, over all its uses in a graph.
struct AdjointCheck {
  static constexpr double tolerance = 1e-10;
  std::string op;
  Trick trick;
  int64_t instructions = 0;  ///< uses that need a cotangent
  double error = 0;          ///< the worst, relative to the sum of the products' magnitudes
  std::string worst;         ///< the instruction that has it

  bool passed() const { return error <= tolerance; }
};

/// Checks, in f64, every instruction of `forward` (f32) between one of its first `parameters`
/// arguments and its first result, with the operands' values when the arguments are `arguments`
/// (f64), c and u random. J u is exact where the op is linear or bilinear; else it is a central
/// difference of order 8. Ops with kinks (maximum, max-pooling) get random operands instead, which
/// are off the kinks.
std::vector<AdjointCheck> check_adjoints(const Graph& forward, size_t parameters,
                                         const std::vector<Tensor>& arguments, uint64_t seed);

}  // namespace pullback
