#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nn/model.h"

namespace pullback {

/// The first instruction of a program that turns to infinity or NaN.
struct FirstNonFinite {
  Value value;
  double number = 0;  ///< the infinity or NaN
};

/// Evaluates the program by the interpreter, in order, until a value is not finite; a value that
/// depends on constants alone does not count (-infinity starts a maximum). Arguments come first.
std::optional<FirstNonFinite> first_non_finite(const Graph& graph,
                                               const std::vector<Tensor>& arguments);

/// "'dense2.product' (dot_general) in layer 'dense2' (dense, 512 features) is inf".
std::string describe(const FirstNonFinite& first, const Graph& graph, const Model& model);

/// Whether all elements are finite.
bool all_finite(const Tensor& tensor);

}  // namespace pullback
