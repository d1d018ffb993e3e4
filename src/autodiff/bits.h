#pragma once

#include <vector>

#include "ir/graph.h"

namespace pullback {

/// Throws Error if the result depends on one of the arguments `wrt` through a float that is made of
/// the bits of another, as ldexp makes it: integers do not move, so that the gradient would lack
/// what flows there. Comparisons of bits, and numbers of bits converted to floats, are locally
/// constant and allowed.
void require_no_bits(const Graph& function, size_t result, const std::vector<size_t>& wrt);

}  // namespace pullback
