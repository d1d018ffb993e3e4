#include "ir/regions.h"

#include <algorithm>
#include <map>

#include "base/check.h"

namespace pullback {

namespace {

using Names = std::unordered_set<std::string>;

std::string pack_of(const std::string& name) { return name.substr(0, name.find('#')); }

/// Gives the values of a program, and of those in its ops, names that are not taken.
class Renaming {
 public:
  explicit Renaming(const Names& taken) : taken_(taken) {}

  /// Whether a name of `graph`, from argument `first` on without `captures`, is taken.
  bool needed(const Graph& graph, const std::vector<std::string>& arguments) const {
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (graph.arguments[i].name != arguments[i]) return true;
    }
    for (const Instr& instr : graph.instrs) {
      if (is_taken(instr.name)) return true;
      size_t shift = first_input(instr.op);
      for (const Subgraph* region : regions_of(instr.op)) {
        std::vector<std::string> names;
        for (size_t k = 0; k < (*region)->arguments.size(); ++k) {
          const std::string& own = (*region)->arguments[k].name;
          bool captured = k + shift >= first_capture(instr.op);
          if (!captured && is_taken(own)) return true;
          names.push_back(captured ? graph.name_of(instr.operands[k + shift]) : own);
        }
        if (needed(**region, names)) return true;
      }
    }
    return false;
  }

  Graph rename(const Graph& graph, const std::vector<std::string>& arguments) {
    Graph result = graph;
    for (size_t i = 0; i < arguments.size(); ++i) result.arguments[i].name = arguments[i];
    Names own(arguments.begin(), arguments.end());
    for (const Instr& instr : graph.instrs) own.insert(instr.name);
    for (Instr& instr : result.instrs) {
      if (is_taken(instr.name)) instr.name = fresh(instr.name, own);
      own.insert(instr.name);
    }
    for (Instr& instr : result.instrs) {
      std::vector<std::string> carried;
      size_t shift = first_input(instr.op), inputs = first_capture(instr.op) - shift;
      for (Subgraph* region : regions_of(instr.op)) {
        std::vector<std::string> names;
        for (size_t k = 0; k < (*region)->arguments.size(); ++k) {
          if (k >= inputs) {
            names.push_back(result.name_of(instr.operands[k + shift]));
          } else if (k < carried.size()) {
            names.push_back(carried[k]);
          } else {
            const std::string& name = (*region)->arguments[k].name;
            names.push_back(is_taken(name) ? fresh(name, own) : name);
          }
        }
        if (carried.empty()) carried.assign(names.begin(), names.begin() + std::ptrdiff_t(inputs));
        *region = rename(**region, names);
      }
    }
    return result;
  }

  std::string fresh(const std::string& name, const Names& own) const {
    std::string plain = name;
    std::replace(plain.begin(), plain.end(), '#', '.');
    for (int k = 0;; ++k) {
      std::string wanted = k == 0 && plain != name ? plain : plain + "_" + std::to_string(k);
      if (!is_taken(wanted) && !own.contains(wanted)) return wanted;
    }
  }
  bool is_taken(const std::string& name) const {
    return taken_.contains(name) || taken_.contains(pack_of(name));
  }

 private:
  const Names& taken_;
};

/// The place of each argument of the programs among the arguments that stay: first the inputs,
/// then each outer value that is used, once, by first use; -1 for those that go.
std::vector<int> argument_order(const std::vector<const Subgraph*>& regions, size_t shift,
                                size_t inputs, Values& operands) {
  std::vector<int> places(operands.size() - shift, -1);
  Values kept(operands.begin(), operands.begin() + static_cast<std::ptrdiff_t>(shift + inputs));
  for (size_t k = 0; k < inputs; ++k) places[k] = static_cast<int>(k);
  std::map<Value, int> known;
  auto use = [&](const Graph& graph, Value v) {
    if (!graph.is_argument(v) || places[static_cast<size_t>(v.id)] >= 0) return;
    Value outer = operands[static_cast<size_t>(v.id) + shift];
    auto [at, first] = known.try_emplace(outer, static_cast<int>(kept.size() - shift));
    if (first) kept.push_back(outer);
    places[static_cast<size_t>(v.id)] = at->second;
  };
  for (const Subgraph* region : regions) {
    for (const Instr& instr : (*region)->instrs) {
      for (Value v : instr.operands) use(**region, v);
    }
    for (Value v : (*region)->results) use(**region, v);
  }
  operands = std::move(kept);
  return places;
}

Graph with_arguments(const Graph& graph, const std::vector<int>& places, size_t count) {
  Graph result;
  result.name = graph.name;
  result.arguments.resize(count);
  for (size_t i = places.size(); i-- > 0;) {
    if (places[i] >= 0) result.arguments[static_cast<size_t>(places[i])] = graph.arguments[i];
  }
  auto moved = [&](Value v) -> Value {
    if (graph.is_argument(v)) return {places[static_cast<size_t>(v.id)]};
    return {v.id - static_cast<int32_t>(places.size()) + static_cast<int32_t>(count)};
  };
  result.instrs = graph.instrs;
  for (Instr& instr : result.instrs) {
    for (Value& v : instr.operands) v = moved(v);
  }
  for (Value v : graph.results) result.results.push_back(moved(v));
  return result;
}

}  // namespace

void adopt_regions(const Graph& graph, const Names& taken, Op& op, Values& operands) {
  std::vector<Subgraph*> regions = regions_of(op);
  size_t shift = first_input(op), inputs = first_capture(op) - shift;
  Values before = operands;
  std::vector<int> places =
      argument_order({regions.begin(), regions.end()}, shift, inputs, operands);
  bool moves = operands.size() != before.size();
  for (size_t i = 0; i < places.size(); ++i) moves |= places[i] != static_cast<int>(i);
  size_t count = operands.size() - shift;
  Renaming renaming(taken);
  std::vector<std::string> names;
  for (size_t k = 0; k < count; ++k) {
    if (k >= inputs) {
      names.push_back(graph.name_of(operands[k + shift]));
      continue;
    }
    const std::string& name = (*regions[0])->arguments[k].name;
    Names own(names.begin(), names.end());
    bool free = !renaming.is_taken(name) && !own.contains(name);
    names.push_back(free ? name : renaming.fresh(name, own));
  }
  for (Subgraph* region : regions) {
    if (moves) *region = with_arguments(**region, places, count);
    if (renaming.needed(**region, names)) *region = renaming.rename(**region, names);
  }
}

}  // namespace pullback
