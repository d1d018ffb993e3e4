#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ir/builder.h"
#include "parse/attributes.h"
#include "parse/cursor.h"

/// Ops of StableHLO that are read as instructions of other ops, which compute the same.
namespace pullback {

/// Such an op as it stands in the text.
struct RewriteInput {
  Builder& b;
  const Values& in;
  const Type& out;  ///< the result's declared type
  AttributeDict attributes;
  Cursor op;  ///< for errors
  size_t at;

  int64_t bits() const { return 8 * static_cast<int64_t>(byte_size(out.element)); }
  /// The elements of an operand that must be a constant; fails if it is none.
  std::vector<int64_t> constant(size_t operand) const;
};

struct Rewrite {
  std::string_view name;  ///< without the dialect
  size_t operands;
  /// The field of the pretty form, ", dim = 0", and the attribute that it is; "" for none.
  std::string_view field, attribute;
  Value (*make)(RewriteInput&);
  std::string_view dialect = "stablehlo";
};
/// The elements of a constant of integers, or nothing of any other value.
std::optional<std::vector<int64_t>> constant_integers(const Graph& graph, Value v);

/// The rewrite of "stablehlo.xor"; null if there is no such op.
const Rewrite* find_rewrite(std::string_view name);

}  // namespace pullback
