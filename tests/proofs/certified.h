#pragma once

#include "ir/ops.h"

namespace pullback::test {

/// Whether a use that `infer` accepts is in the domain of the certificates, that is, whether Coq's
/// `infer` accepts it, too. That leaves out ops of integers that are bitwise, wrap or round, sums
/// and products of truth values, and largest elements of nothing.
bool certified(const Op& op, Types operands);

/// Whether Coq's syntax has the op and all these element types: f32, f64, i32, i1.
bool in_coq(const Op& op, Types types);

}  // namespace pullback::test
