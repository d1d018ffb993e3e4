#pragma once

#include <string>
#include <vector>

#include "ir/ops.h"

namespace pullback {

struct Argument {
  std::string name;
  Type type;
  bool operator==(const Argument&) const = default;
};

struct Instr {
  Op op;
  Values operands;
  Type type;  ///< of the result
  std::string name;
  bool operator==(const Instr&) const = default;
};

/// A straight-line program in SSA form: arguments, then instructions that use only what precedes
/// them, then results. Names are unique; they become the SSA names of the printed text.
struct Graph {
  std::string name = "main";
  std::vector<Argument> arguments;
  std::vector<Instr> instrs;
  Values results;

  size_t value_count() const { return arguments.size() + instrs.size(); }
  bool is_argument(Value v) const { return static_cast<size_t>(v.id) < arguments.size(); }
  /// The value of instruction `index`, and the instruction of value `v` (not an argument).
  Value value_of(size_t index) const { return {static_cast<int32_t>(arguments.size() + index)}; }
  const Instr& instr(Value v) const { return instrs[static_cast<size_t>(v.id) - arguments.size()]; }
  const Type& type(Value v) const;
  const std::string& name_of(Value v) const;
  /// The end of the run of instructions from `begin` on that are results of one StableHLO op, in
  /// their order: begin + 1 where it has but one.
  size_t group_end(size_t begin) const;
  /// The value named `name`, or Value{}.
  Value find(const std::string& name) const;
  bool operator==(const Graph&) const = default;
};

/// Checks every instruction's types against its op's rules, the order of uses and the uniqueness of
/// names; throws Error naming the first offender.
void verify(const Graph& graph);

/// The graph, and the programs in its ops, with every f32 turned into `element`, for running it in
/// another precision.
Graph retype(const Graph& graph, ElementType element);

/// "add: <message> (add_c1)" with one line per operand: number, name and type.
std::string describe(const TypeError& error, const Op& op, const std::string& name,
                     const std::vector<std::string>& operand_names, Types operand_types);

}  // namespace pullback
