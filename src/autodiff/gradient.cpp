#include "autodiff/gradient.h"

#include <algorithm>
#include <unordered_set>

#include "autodiff/bits.h"
#include "base/text.h"

namespace pullback {

namespace {

Value value_of(size_t id) { return {static_cast<int32_t>(id)}; }
size_t index_of(Value v) { return static_cast<size_t>(v.id); }

/// Whether every element of v is this one special number.
bool is_all(const Graph& graph, Value v, Decimal::Kind kind) {
  while (!graph.is_argument(v) && std::holds_alternative<BroadcastInDim>(graph.instr(v).op)) {
    v = graph.instr(v).operands[0];
  }
  if (graph.is_argument(v)) return false;
  const auto* constant = std::get_if<Constant>(&graph.instr(v).op);
  return constant && !constant->values.empty() &&
         std::all_of(constant->values.begin(), constant->values.end(),
                     [&](const Decimal& d) { return d.kind == kind; });
}

/// The operand that an instruction only hands on, or Value{}.
Value handed_on(const Graph& graph, const Instr& instr) {
  bool max = std::holds_alternative<Maximum>(instr.op);
  if (!max && !std::holds_alternative<Minimum>(instr.op)) return {};
  auto neutral = max ? Decimal::Kind::negative_infinity : Decimal::Kind::infinity;
  if (is_all(graph, instr.operands[0], neutral)) return instr.operands[1];
  if (is_all(graph, instr.operands[1], neutral)) return instr.operands[0];
  return {};
}

/// For every value the one that stands for it: itself, or what it only hands on.
Values stand_ins(const Graph& graph) {
  Values same;
  for (size_t i = 0; i < graph.value_count(); ++i) {
    Value v = value_of(i);
    Value handed = graph.is_argument(v) ? Value{} : handed_on(graph, graph.instr(v));
    same.push_back(handed ? same[index_of(handed)] : v);
  }
  return same;
}

/// live[v.id]: the results use v, or are it.
std::vector<bool> live_values(const Graph& graph, const Values& same, const Values& results) {
  std::vector<bool> live(graph.value_count(), false);
  for (Value v : results) live[index_of(v)] = true;
  for (size_t i = graph.value_count(); i-- > graph.arguments.size();) {
    if (!live[i]) continue;
    for (Value operand : graph.instr(value_of(i)).operands) {
      live[index_of(same[index_of(operand)])] = true;
    }
  }
  return live;
}

/// Gives values names that no pass derives.
class Names {
 public:
  Names(const Graph& graph, const std::vector<std::string>& reserved)
      : taken_(reserved.begin(), reserved.end()) {
    for (size_t i = 0; i < graph.value_count(); ++i) {
      const std::string& name = graph.name_of(value_of(i));
      if (is_free(name)) taken_.insert(name);
    }
    reserved_.insert(reserved.begin(), reserved.end());
  }
  std::string of(const std::string& name) {
    if (is_free(name) && !reserved_.contains(name)) return name;
    std::string stem = name;
    std::replace(stem.begin(), stem.end(), '$', '_');
    if (stem.starts_with("d.")) stem[1] = '_';
    std::string result = stem;
    for (int k = 2; !taken_.insert(result).second; ++k) result = stem + "_" + std::to_string(k);
    return result;
  }

 private:
  static bool is_free(const std::string& name) {
    return name.find('$') == std::string::npos && !name.starts_with("d.");
  }
  std::unordered_set<std::string> taken_, reserved_;
};

std::string result_list(const Graph& function) {
  std::vector<std::string> items;
  for (size_t i = 0; i < std::min<size_t>(function.results.size(), 8); ++i) {
    items.push_back(std::to_string(i) + " " + function.type(function.results[i]).text());
  }
  return (items.empty() ? "none" : join(items)) + (function.results.size() > 8 ? ", …" : "");
}

}  // namespace

std::vector<size_t> float_arguments(const Graph& function) {
  std::vector<size_t> numbers;
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    if (is_float(function.arguments[i].type.element)) numbers.push_back(i);
  }
  return numbers;
}

void check_gradient(const Graph& function, size_t result, const std::vector<size_t>& wrt) {
  if (result >= function.results.size()) {
    throw Error("there is no result " + std::to_string(result) +
                "; the function's results: " + result_list(function));
  }
  Value value = function.results[result];
  const Type& type = function.type(value);
  if (type.rank() != 0 || !is_float(type.element)) {
    throw Error("result " + std::to_string(result) + " '" + function.name_of(value) + "' is " +
                type.text() + ", but a gradient is of a floating-point scalar, e.g. tensor<f32>; " +
                "the function's results: " + result_list(function));
  }
  if (wrt.empty()) throw Error("the function has no floating-point argument");
  PULLBACK_CHECK(std::is_sorted(wrt.begin(), wrt.end()), "arguments ascend");
  for (size_t i : wrt) {
    if (i >= function.arguments.size()) {
      throw Error("there is no argument " + std::to_string(i) + "; the function has " +
                  std::to_string(function.arguments.size()) + ", numbered from 0");
    }
    const Argument& argument = function.arguments[i];
    if (is_float(argument.type.element)) continue;
    throw Error("argument " + std::to_string(i) + " '" + argument.name + "' is " +
                argument.type.text() + ": there are gradients of floating-point arguments alone");
  }
  require_no_bits(function, result, wrt);
}

Graph differentiated_part(const Graph& function, size_t result, bool others,
                          const std::vector<std::string>& reserved) {
  Values same = stand_ins(function);
  Values results{same[index_of(function.results[result])]};
  for (size_t i = 0; others && i < function.results.size(); ++i) {
    if (i != result) results.push_back(same[index_of(function.results[i])]);
  }
  std::vector<bool> live = live_values(function, same, results);
  Names names(function, reserved);
  Graph part;
  part.name = function.name;
  Values map(function.value_count());
  for (size_t i = 0; i < function.value_count(); ++i) {
    if (i < function.arguments.size()) {
      map[i] = value_of(i);
      part.arguments.push_back({names.of(function.arguments[i].name), function.arguments[i].type});
    } else if (live[i]) {
      Instr instr = function.instr(value_of(i));
      instr.name = names.of(instr.name);
      for (Value& operand : instr.operands) operand = map[index_of(same[index_of(operand)])];
      map[i] = part.value_of(part.instrs.size());
      part.instrs.push_back(std::move(instr));
    }
  }
  for (Value v : results) part.results.push_back(map[index_of(v)]);
  return part;
}

Graph gradient_function(const Graph& part, const std::vector<size_t>& wrt) {
  check_gradient(part, 0, wrt);
  Graph graph = part;
  Builder builder(graph);
  Values arguments;
  for (size_t i : wrt) arguments.push_back(value_of(i));
  Backward backward = add_backward(builder, part.results[0], arguments);
  Values results{part.results[0]};
  for (Value argument : arguments) {
    Value gradient = backward.cotangents[index_of(argument)];
    if (!gradient) {
      gradient = builder.constant(builder.type(argument), 0, "d." + builder.name(argument));
    }
    results.push_back(gradient);
  }
  results.insert(results.end(), part.results.begin() + 1, part.results.end());
  graph.results = results;
  return graph;
}

std::vector<size_t> places_with_first(const Graph& function, const std::vector<size_t>& front) {
  std::vector<size_t> places(function.arguments.size());
  size_t next = front.size();
  for (size_t i = 0; i < places.size(); ++i) {
    auto at = std::find(front.begin(), front.end(), i);
    places[i] = at == front.end() ? next++ : static_cast<size_t>(at - front.begin());
  }
  return places;
}

Graph with_first(const Graph& function, const std::vector<size_t>& front) {
  std::vector<size_t> places = places_with_first(function, front);
  Graph graph = function;
  for (size_t i = 0; i < places.size(); ++i) graph.arguments[places[i]] = function.arguments[i];
  auto move = [&](Value& v) {
    if (index_of(v) < places.size()) v = value_of(places[index_of(v)]);
  };
  for (Instr& instr : graph.instrs)
    std::for_each(instr.operands.begin(), instr.operands.end(), move);
  std::for_each(graph.results.begin(), graph.results.end(), move);
  return graph;
}

}  // namespace pullback
