#pragma once

#include <vector>

#include "ir/builder.h"

/// The reverse walk. It knows no op: it asks each instruction's vjp rule for a straight-line
/// template and composes them by three rules:
///   chain rule              instructions are visited in reverse order, each one's cotangent
///   feeding
///                           the template that makes its operands' cotangents;
///   additive fan-in         a value used several times gets the sum of its contributions, in the
///                           order in which the walk meets them;
///   multiplicative fan-in   a product of two values that both need cotangents: multiply's
///   template.
/// It is a small deterministic function because the Coq development runs the same one: same order
/// of instructions, same numbering, same names.
///
/// Names of what it adds: the first contribution to x is "d.x", each further contribution or sum
/// "d.x$2", "d.x$3", …; other instructions of y's template are "y$1", "y$2", … by their place in
/// it.
namespace pullback {

/// One instruction that the walk added, and why.
struct BackwardStep {
  Value value;       ///< the added instruction
  Value source;      ///< the forward value whose vjp template it belongs to
  bool sum = false;  ///< an addition of contributions (additive fan-in)
};

struct Backward {
  /// cotangents[v.id]: the cotangent of forward value v, or Value{} if it has none.
  Values cotangents;
  std::vector<BackwardStep> steps;
};

/// Appends to the builder's graph the instructions that compute the cotangents of a scalar `loss`.
/// Only values that depend on one of `parameters` through floating-point values get one.
/// Throws Error if `loss` is not a floating-point scalar.
Backward add_backward(Builder& builder, Value loss, const Values& parameters);

/// Appends the instructions that compute the cotangents of `wrt` from those of `results`; Value{}
/// for one that no result depends on. Serves the ops that hold programs (VjpArgs::pull_back).
Values pull_back(Builder& builder, const Values& results, const Values& cotangents,
                 const Values& wrt);

/// active[v.id]: v is floating-point and depends on one of `parameters`.
std::vector<bool> active_values(const Graph& graph, const Values& parameters);

}  // namespace pullback
