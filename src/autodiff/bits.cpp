#include "autodiff/bits.h"

#include <algorithm>

namespace pullback {

namespace {

/// How a value depends on the arguments: not at all or locally constant, as a float, or by the bits
/// of one.
enum class Dependence : uint8_t { none, moves, bits };
using Dependences = std::vector<Dependence>;

size_t id(Value v) { return static_cast<size_t>(v.id); }

Dependences values_of(const Graph& graph, Dependences arguments, const std::vector<bool>& live);

/// Of the results of an op that holds programs: what one of these gives.
Dependence of_regions(const Instr& instr, const Dependences& operands) {
  Dependences inputs(operands.begin() + static_cast<std::ptrdiff_t>(first_input(instr.op)),
                     operands.end());
  bool loop = std::holds_alternative<While>(instr.op);
  auto number = static_cast<size_t>(result_index(instr.op));
  Dependence found = loop ? inputs[number] : Dependence::none;
  for (bool changed = true; changed;) {
    changed = false;
    for (const Subgraph* region : regions_of(instr.op)) {
      Dependences all =
          values_of(**region, inputs, std::vector<bool>((*region)->value_count(), true));
      const Values& results = (*region)->results;
      bool carried = loop && region == regions_of(instr.op).back();
      for (size_t k = 0; carried && k < results.size(); ++k) {
        if (all[id(results[k])] <= inputs[k]) continue;
        inputs[k] = all[id(results[k])];
        changed = true;
      }
      if (loop && !carried) continue;
      found = std::max(found, all[id(results[number])]);
    }
  }
  return found;
}

Dependence of_instr(const Graph& graph, const Instr& instr, const Dependences& operands,
                    bool live) {
  auto any = [&](Dependence d) {
    return std::find(operands.begin(), operands.end(), d) != operands.end();
  };
  if (std::holds_alternative<BitcastConvert>(instr.op)) {
    if (!is_float(instr.type.element)) {
      return operands[0] == Dependence::none ? Dependence::none : Dependence::bits;
    }
    if (operands[0] == Dependence::bits && live) {
      throw Error("a gradient cannot flow through '" + instr.name +
                  "': this bitcast_convert makes a float of the bits of '" +
                  graph.name_of(instr.operands[0]) + "', which are those of a float that moves");
    }
    return operands[0];
  }
  if (!regions_of(instr.op).empty()) return of_regions(instr, operands);
  if (is_float(instr.type.element)) {
    return any(Dependence::moves) ? Dependence::moves : Dependence::none;
  }
  if (std::holds_alternative<Compare>(instr.op)) return Dependence::none;
  return any(Dependence::bits) ? Dependence::bits : Dependence::none;
}

Dependences values_of(const Graph& graph, Dependences arguments, const std::vector<bool>& live) {
  Dependences found = std::move(arguments);
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    const Instr& instr = graph.instrs[i];
    Dependences operands;
    for (Value v : instr.operands) operands.push_back(found[id(v)]);
    found.push_back(of_instr(graph, instr, operands, live[id(graph.value_of(i))]));
  }
  return found;
}

}  // namespace

void require_no_bits(const Graph& function, size_t result, const std::vector<size_t>& wrt) {
  bool any = false;
  std::vector<bool> live(function.value_count(), false);
  live[id(function.results[result])] = true;
  for (size_t i = function.instrs.size(); i-- > 0;) {
    const Instr& instr = function.instrs[i];
    any = any || std::holds_alternative<BitcastConvert>(instr.op) || !regions_of(instr.op).empty();
    if (!live[id(function.value_of(i))]) continue;
    for (Value v : instr.operands) live[id(v)] = true;
  }
  if (!any) return;
  Dependences arguments(function.arguments.size(), Dependence::none);
  for (size_t k : wrt) arguments[k] = Dependence::moves;
  values_of(function, std::move(arguments), live);
}

}  // namespace pullback
