#include "base/check.h"
#include "ir/builder.h"
#include "ir/ops/control.h"

namespace pullback {

namespace {

/// The pullback of one branch as a program: of the branch's arguments x and the cotangents of some
/// of its results, the cotangents of the arguments `wrt`, 0 where the branch does not use one.
Graph pullback_of(const Graph& branch, const Builder& outer, const VjpArgs& a,
                  const std::vector<size_t>& wrt) {
  Graph graph;
  Builder b(graph);
  Values map;
  for (const Argument& x : branch.arguments) map.push_back(b.argument(x.name, x.type));
  Values seeds;
  for (const ResultCotangent& r : a.group) {
    seeds.push_back(b.argument(outer.name(r.cotangent), outer.type(r.cotangent)));
  }
  for (const Instr& instr : branch.instrs) {
    Values operands;
    for (Value v : instr.operands) operands.push_back(map[static_cast<size_t>(v.id)]);
    map.push_back(b.emit(instr.op, operands, instr.name));
  }
  Values results, parameters;
  for (const ResultCotangent& r : a.group) {
    Value y = branch.results[static_cast<size_t>(r.index)];
    results.push_back(map[static_cast<size_t>(y.id)]);
  }
  for (size_t k : wrt) parameters.push_back(map[k]);
  for (Value ct : a.pull_back(b, results, seeds, parameters)) graph.results.push_back(ct);
  for (size_t k = 0; k < parameters.size(); ++k) {
    if (!graph.results[k]) graph.results[k] = b.constant(b.type(parameters[k]), 0);
  }
  return graph;
}

/// The op that `choice` is, of its branches' pullbacks.
template <class Choice>
Values choose(Choice choice, Builder& b, const VjpArgs& a) {
  PULLBACK_CHECK(a.pull_back != nullptr && !a.group.empty(), std::string(Choice::info.name));
  std::vector<size_t> wrt;
  for (size_t k = 1; k < a.operands.size(); ++k) {
    if (a.needs[k]) wrt.push_back(k - 1);
  }
  Values operands = a.operands;
  for (const ResultCotangent& r : a.group) operands.push_back(r.cotangent);
  for (Subgraph* branch : choice.regions()) *branch = pullback_of(**branch, b, a, wrt);
  Values contributions(a.operands.size());
  for (size_t k = 0; k < wrt.size(); ++k) {
    choice.result = static_cast<int64_t>(k);
    contributions[wrt[k] + 1] = b.emit(choice, operands);
  }
  return contributions;
}

}  // namespace

Values If::vjp(Builder& b, const VjpArgs& a) const { return choose(*this, b, a); }
Values Case::vjp(Builder& b, const VjpArgs& a) const { return choose(*this, b, a); }

Values OptimizationBarrier::vjp(Builder&, const VjpArgs& a) const {
  Values contributions(a.operands.size());
  for (const ResultCotangent& r : a.group) {
    contributions[static_cast<size_t>(r.index)] = r.cotangent;
  }
  return contributions;
}

}  // namespace pullback
