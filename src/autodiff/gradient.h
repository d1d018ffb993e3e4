#pragma once

#include <string>
#include <vector>

#include "autodiff/backward.h"

/// Gradients of functions that Pullback did not write.
namespace pullback {

/// The numbers of the floating-point arguments.
std::vector<size_t> float_arguments(const Graph& function);

/// Throws Error, naming what it is about, unless `result` numbers a floating-point scalar among the
/// results, and `wrt` floating-point arguments, at least one, ascending.
void check_gradient(const Graph& function, size_t result, const std::vector<size_t>& wrt);

/// What of a function is differentiated: all its arguments, the result of that number and, with
/// `others`, after it the other results in order; the instructions that these use. max(-inf, x) is
/// x, min(inf, x) is x. Names that passes derive ('$' or a leading "d.") and those of `reserved`
/// become others.
Graph differentiated_part(const Graph& function, size_t result, bool others,
                          const std::vector<std::string>& reserved = {});

/// From (x0, x1, …) -> (y, others…) with a scalar y, the function
///   (x0, x1, …) -> (y, ∂y/∂x for x in wrt, others…);
/// a gradient is of its argument's type, and zeros if y does not depend on the argument.
Graph gradient_function(const Graph& part, const std::vector<size_t>& wrt);

/// The function with the arguments `front` before the others.
Graph with_first(const Graph& function, const std::vector<size_t>& front);
/// For each argument of the function its number in with_first(function, front).
std::vector<size_t> places_with_first(const Graph& function, const std::vector<size_t>& front);

}  // namespace pullback
