#pragma once

#include "ir/graph.h"

namespace pullback {

/// The derivative of one instruction along the tangents of its operands, in f64: what jvp_<op> says
/// in proofs/. x are the operands, y is the result; dx[k] is the tangent of operand k, or nullptr
/// where it does not move. The result is of floats. What does not move gets the tangent 0 exactly.
Tensor tangent_of(const Instr& instr, Tensors x, Tensors dx, const Tensor& y);

}  // namespace pullback
