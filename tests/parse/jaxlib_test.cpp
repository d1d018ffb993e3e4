#include <gtest/gtest.h>

#include <algorithm>

#include "parse/stablehlo.h"
#include "passes/dead.h"
#include "passes/lower.h"
#include "tests/ir/op_cases.h"
#include "tests/oracles/modules.h"

namespace pullback {
namespace {

/// Another printer rounds constants to their type, writes equal elements once and numbers the
/// values.
Op rounded(Op op) {
  if (auto* constant = std::get_if<Constant>(&op)) {
    for (Decimal& value : constant->values) {
      value = Decimal::of(constant->type.element == ElementType::f32 ? value.to_float()
                                                                     : value.to_double());
    }
    std::vector<Decimal>& values = constant->values;
    bool equal = std::all_of(values.begin(), values.end(), [&](auto& v) { return v == values[0]; });
    if (equal && !values.empty()) values.resize(1);
  }
  return op;
}

/// The graph with its values, and those of the programs in its ops, named by number.
Graph nameless(Graph graph) {
  int count = 0;
  for (Argument& a : graph.arguments) a.name = std::to_string(count++);
  for (Instr& instr : graph.instrs) {
    instr.name = std::to_string(count++);
    for (Subgraph* region : regions_of(instr.op)) {
      Graph inner = nameless(**region);
      inner.name = "";
      *region = Subgraph(std::move(inner));
    }
  }
  return graph;
}

/// What `text` lacks to be `graph` with other names.
std::string difference(const std::string& text, const Graph& original) {
  Graph parsed;
  try {
    parsed = parse_stablehlo(text, "text");
  } catch (const Error& error) {
    return error.what();
  }
  Graph graph = nameless(without_dead(original));
  parsed = nameless(without_dead(parsed));
  if (parsed.arguments.size() != graph.arguments.size()) return "arguments";
  for (size_t i = 0; i < graph.arguments.size(); ++i) {
    if (parsed.arguments[i].type != graph.arguments[i].type) return "an argument's type";
  }
  if (parsed.instrs.size() != graph.instrs.size()) return "the number of instructions";
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    const Instr& a = parsed.instrs[i];
    const Instr& b = graph.instrs[i];
    if (rounded(a.op) != rounded(b.op)) return "the op of " + b.name;
    if (a.operands != b.operands) return "the operands of " + b.name;
    if (a.type != b.type) return "the type of " + b.name;
  }
  return parsed.results == graph.results ? "" : "results";
}

TEST(Jaxlib, what_it_prints_parses_to_the_same_graph) {
  std::vector<std::pair<std::string, Graph>> graphs;
  for (const test::OpCase& c : test::op_cases()) {
    if (!info_of(c.op).composite) graphs.push_back({c.name, test::forward_graph(c)});
    std::vector<bool> needs = test::differentiable(c);
    if (std::find(needs.begin(), needs.end(), true) == needs.end()) continue;
    graphs.push_back({c.name + ".vjp", lower(test::vjp_graph(c, needs))});
  }
  test::ModuleFolder modules;
  for (const auto& [name, graph] : graphs) modules.add(name, graph);
  int status = modules.verify("--reprint");
  PULLBACK_EXPECT_ACCEPTED(status);
  for (const auto& [name, graph] : graphs) {
    for (const char* form : {".pretty", ".generic"}) {
      std::string text = modules.read(name + form);
      EXPECT_EQ(difference(text, graph), "") << name << form << "\n" << text;
    }
  }
}

}  // namespace
}  // namespace pullback
