#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace pullback {

/// The side conditions of one instruction, at one point or at several: where its op is
/// differentiable. They are ok_<op> of proofs/Ops, op by op:
///   abs x ≠ 0, maximum and minimum x ≠ y, a largest element that no other ties with; in these a
///   tie
///     is allowed where what ties moves alike;
///   compare x ≠ y, conversion to i1 x ≠ 0, select_and_scatter one largest element: no tie;
///   divide y ≠ 0, log, sqrt and rsqrt x > 0, power base > 0.
struct SideCondition {
  size_t instr = 0;  ///< in the graph
  std::string op;
  int64_t conditions = 0;  ///< one per element, or per group of which a maximum is taken
  int64_t ties = 0;        ///< ties, and values outside the op's domain
  int64_t failing = 0;     ///< those that are not allowed
  double margin = std::numeric_limits<double>::infinity();  ///< the least distance of the others
  std::string first;  ///< the first that fails: "maximum of 0 and 0 at [1, 7]"

  bool holds() const { return failing == 0; }
};

/// Evaluates, in f64, the side conditions of every instruction of `forward` (f32) on the way from
/// its first `parameters` arguments to its first result, at `arguments` (f64): those under which a
/// certificate says that the step's gradient is the loss's. Two elements move alike if their
/// tangents are equal for every direction of the parameters; that is decided along one random
/// direction, in which two that differ for any direction almost surely differ.
/// Instructions without a side condition, and those that do not move, have no entry.
std::vector<SideCondition> check_side_conditions(const Graph& forward, size_t parameters,
                                                 const std::vector<Tensor>& arguments,
                                                 uint64_t seed);

/// Adds the counts at another point of the same graph.
void add_point(std::vector<SideCondition>& all, const std::vector<SideCondition>& point);

}  // namespace pullback
