#pragma once

#include <string>

#include "ir/graph.h"

namespace pullback {

/// The graph as a StableHLO module in pretty form, one instruction a line, its function
/// `func.func public @main`. Values keep their names, see print_name. Throws Error if a composite
/// op is left (see passes/lower).
///
/// Reductions have no initial value in the IR: it is the reduction's identity. The text needs it as
/// an operand, so the function begins with one constant per reduction and element type in use, in
/// the order add, max and of ElementType, named "%$add.f32" and so on. Regions use %$x, %$y,
/// %$z. No value's name is printed with '$' and a letter in front.
std::string print_stablehlo(const Graph& graph);

/// The name as MLIR writes it: "%name". A name that begins with a digit but is no number, which
/// MLIR forbids, or with '$' gets a '$' in front: "3x3" is "%$3x3". Throws Error if a character is
/// neither letter, digit, '.', '_', '-' nor '$'.
std::string print_name(const std::string& name);

/// The name of the constant that holds the identity of `kind` for `element`.
std::string identity_name(Reduction kind, ElementType element);

/// "dense<…>" of these values.
std::string print_dense(const Type& type, const std::vector<Decimal>& values);

}  // namespace pullback
