#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/ops.h"
#include "parse/attributes.h"
#include "parse/cursor.h"

namespace pullback {

/// The declared operand and result types of one instruction, and where they stand.
struct Signature {
  std::vector<Type> operands;
  Type result;
  size_t at = 0;
};

/// What a region does: one op on its two scalar arguments, whose result it returns, or the return
/// of its second argument.
struct Region {
  std::string_view op;                  ///< "stablehlo.add", or "stablehlo.return"
  Direction direction = Direction::eq;  ///< if the op is stablehlo.compare
  Type argument;
  size_t at = 0;
};

/// Reads "{ ^bb0(%a: t, %b: t): %c = op %a, %b : t; stablehlo.return %c : t }".
Region parse_region(Cursor& in);
/// Reads "reducer(%a: t, %b: t) { … }", a region in reduce's own form.
Region parse_reducer(Cursor& in);

/// The reduction by the op named `op`, e.g. "stablehlo.add", of elements of this type; fails at
/// `at` if there is none. A minimum is a maximum that is turned around.
Reduction reduction_named(std::string_view op, ElementType element, const Cursor& in, size_t at);
bool is_turned(std::string_view op);

/// An instruction in generic form: "stablehlo.op"(…) <{attributes}> ({ regions }) : (…) -> type.
struct GenericOp {
  Cursor in;  ///< for errors
  size_t at;
  AttributeDict attributes;
  std::vector<Region> regions;
  Signature declared;
  std::vector<int64_t> sizes = {};  ///< of a rule that is `sized`
  bool total = false;               ///< compares by total order
};

/// An op that can be parsed: its name without the dialect, its number of operands in the text
/// (reductions have their initial value there), or -1 for any, and its making from a generic form.
struct OpRule {
  std::string_view name;
  int operands;
  Op (*make)(GenericOp&);
  std::string_view dialect = "stablehlo";
  bool sized = false;  ///< the last operand in the text is a constant, which says sizes
};
/// The rule of "stablehlo.abs"; null if there is no such op.
const OpRule* find_rule(std::string_view name);
/// The names of all, "stablehlo.abs", …, "chlo.erf", …
std::vector<std::string> rule_names();

/// The dimensions of a convolution's window from attributes named as given, by field.
std::vector<ConvolutionWindow> convolution_window(AttributeDict& attributes, size_t rank,
                                                  bool pretty);

}  // namespace pullback
