#pragma once

#include <optional>
#include <string>

#include "parse/stablehlo.h"
#include "tensor/tensor.h"

namespace pullback {

/// What contradicts the assertion, e.g. "element 3 is 1.5; expected 2", or nothing if it holds.
///   expect_eq         equal values; a NaN equals nothing
///   expect_almost_eq  equal, both NaN, or both finite and at most `tolerance` apart
///   expect_close      both NaN, or from min_ulp to max_ulp floats of the type apart
std::optional<std::string> contradiction(const Check& check, const Tensor& actual,
                                         const Tensor& expected);

}  // namespace pullback
