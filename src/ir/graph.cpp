#include "ir/graph.h"

#include <unordered_set>

#include "ir/retype.h"

namespace pullback {

const Type& Graph::type(Value v) const {
  PULLBACK_CHECK(v.id >= 0 && static_cast<size_t>(v.id) < value_count(), std::to_string(v.id));
  return is_argument(v) ? arguments[static_cast<size_t>(v.id)].type : instr(v).type;
}

const std::string& Graph::name_of(Value v) const {
  PULLBACK_CHECK(v.id >= 0 && static_cast<size_t>(v.id) < value_count(), std::to_string(v.id));
  return is_argument(v) ? arguments[static_cast<size_t>(v.id)].name : instr(v).name;
}

Value Graph::find(const std::string& name) const {
  for (size_t i = 0; i < value_count(); ++i) {
    Value v{static_cast<int32_t>(i)};
    if (name_of(v) == name) return v;
  }
  return {};
}

size_t Graph::group_end(size_t begin) const {
  const Instr& first = instrs[begin];
  size_t end = begin + 1;
  if (!has_results(first.op)) return end;
  for (; end < instrs.size(); ++end) {
    const Instr& next = instrs[end];
    bool follows = next.op.index() == first.op.index() && next.operands == first.operands &&
                   result_index(next.op) > result_index(instrs[end - 1].op) &&
                   with_result(next.op, result_index(first.op)) == first.op;
    if (!follows) break;
  }
  return end;
}

std::string describe(const TypeError& error, const Op& op, const std::string& name,
                     const std::vector<std::string>& operand_names, Types operand_types) {
  std::string text(info_of(op).name);
  if (!name.empty()) text += " '" + name + "'";
  text += ": ";
  text += error.what();
  if (!error.clause.empty()) text += " (" + error.clause + ")";
  for (size_t i = 0; i < operand_types.size(); ++i) {
    text += "\n  operand " + std::to_string(i) + " '" + operand_names[i] + "'  " +
            operand_types[i].text();
  }
  return text;
}

namespace {

void verify_instr(const Graph& graph, size_t index) {
  const Instr& instr = graph.instrs[index];
  std::vector<Type> types;
  std::vector<std::string> names;
  for (Value operand : instr.operands) {
    if (operand.id < 0 || operand >= graph.value_of(index)) {
      throw Error("'" + instr.name + "' uses a value that is not defined before it");
    }
    types.push_back(graph.type(operand));
    names.push_back(graph.name_of(operand));
  }
  try {
    Type inferred = infer(instr.op, types);
    require(inferred == instr.type, "", [&] {
      return "its type is " + inferred.text() + ", but " + instr.type.text() + " was declared";
    });
  } catch (const TypeError& error) {
    throw Error(describe(error, instr.op, instr.name, names, types));
  }
  for (const Subgraph* region : regions_of(instr.op)) verify(**region);
}

}  // namespace

void verify(const Graph& graph) {
  std::unordered_set<std::string> names;
  for (size_t i = 0; i < graph.value_count(); ++i) {
    const std::string& name = graph.name_of({static_cast<int32_t>(i)});
    if (name.empty()) throw Error("value " + std::to_string(i) + " has no name");
    if (!names.insert(name).second) throw Error("two values are named '" + name + "'");
  }
  for (size_t i = 0; i < graph.instrs.size(); ++i) verify_instr(graph, i);
  for (Value result : graph.results) {
    if (result.id < 0 || static_cast<size_t>(result.id) >= graph.value_count()) {
      throw Error("graph '" + graph.name + "' returns a value that is not defined");
    }
  }
}

namespace {

/// Bits that a program reads or makes are those of one type.
void require_kept(const std::string& name, ElementType element, ElementType changed) {
  if (element == changed) return;
  throw Error("'" + name + "' is a bitcast_convert of the bits of " +
              std::string(to_string(element)) + ": the program cannot be run in " +
              std::string(to_string(changed)));
}

}  // namespace

Graph retype(const Graph& graph, const std::function<ElementType(ElementType)>& change) {
  Graph result = graph;
  auto turn = [&](ElementType& e) { e = change(e); };
  for (Argument& argument : result.arguments) turn(argument.type.element);
  for (Instr& instr : result.instrs) {
    if (auto* bits = std::get_if<BitcastConvert>(&instr.op)) {
      ElementType from = graph.type(instr.operands[0]).element;
      require_kept(instr.name, from, change(from));
      require_kept(instr.name, bits->to, change(bits->to));
    }
    turn(instr.type.element);
    std::visit(
        [&](auto& op) {
          if constexpr (requires { op.type; }) turn(op.type.element);
          if constexpr (requires { op.to; }) turn(op.to);
        },
        instr.op);
    for (Subgraph* region : regions_of(instr.op)) *region = retype(**region, change);
  }
  return result;
}

Graph retype(const Graph& graph, ElementType element) {
  return retype(graph, [&](ElementType e) { return e == ElementType::f32 ? element : e; });
}

}  // namespace pullback
