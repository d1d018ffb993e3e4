#include <algorithm>

#include "autodiff/backward.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/explain.h"
#include "ir/builder.h"
#include "passes/lower.h"
#include "print/stablehlo.h"

namespace pullback::cli {

namespace {

bool is_usual(const Attribute& attribute) {
  auto has = [&](const char* part) { return attribute.name.find(part) != std::string::npos; };
  if (has("shape")) return true;
  if (auto* list = std::get_if<std::vector<int64_t>>(&attribute.value)) {
    int64_t usual = has("reversal") ? 0 : 1;
    bool optional = has("dilation") || has("strides") || has("reversal");
    return list->empty() || (optional && std::all_of(list->begin(), list->end(),
                                                     [&](int64_t n) { return n == usual; }));
  }
  if (auto* pairs = std::get_if<std::vector<std::pair<int64_t, int64_t>>>(&attribute.value)) {
    return std::all_of(pairs->begin(), pairs->end(),
                       [](auto p) { return p.first == 0 && p.second == 0; });
  }
  if (auto* number = std::get_if<int64_t>(&attribute.value))
    return has("group_count") && *number == 1;
  return std::holds_alternative<Type>(attribute.value) || attribute.name == "result";
}

struct AttributeText {
  std::string operator()(int64_t n) const { return std::to_string(n); }
  std::string operator()(bool b) const { return b ? "true" : "false"; }
  /// "[b, 0, 1, f]" as "[b01f]".
  std::string operator()(std::string s) const {
    std::erase_if(s, [](char c) { return c == ',' || c == ' '; });
    return s;
  }
  std::string operator()(const Type& type) const { return type.text(); }
  /// A program's last instruction.
  std::string operator()(const Subgraph& region) const {
    if (region->instrs.empty()) return "{ … }";
    return "{ " + instruction_text(*region, region->value_of(region->instrs.size() - 1)) + " }";
  }
  std::string operator()(const std::vector<int64_t>& list) const { return "[" + join(list) + "]"; }
  std::string operator()(const std::vector<std::pair<int64_t, int64_t>>& pairs) const {
    return "[" +
           join(pairs, ", ",
                [](auto p) {
                  return "[" + std::to_string(p.first) + ", " + std::to_string(p.second) + "]";
                }) +
           "]";
  }
  std::string operator()(const std::vector<Decimal>& values) const {
    return join(values, ", ", [](const Decimal& d) { return d.text(); });
  }
};

/// A graph with the example's op.
struct Example {
  Graph graph;
  VjpArgs args;
  Values cotangents;  ///< of the operands, once the rule is in the graph
};

Example build(const OpExample& example) {
  Example built;
  Builder b(built.graph);
  bool differentiable = false;
  for (size_t k = 0; k < example.operands.size(); ++k) {
    const Type& type = example.operands[k];
    built.args.operands.push_back(b.argument(example.names[k], type));
    built.args.needs.push_back(is_float(type.element));
    differentiable |= is_float(type.element);
  }
  Type type = infer(example.op, example.operands);
  differentiable &= is_float(type.element);
  if (differentiable) built.args.cotangent = b.argument("d." + example.names.back(), type);
  built.args.result = b.emit(example.op, built.args.operands, example.names.back());
  built.args.group = {{result_index(example.op), built.args.result, built.args.cotangent}};
  built.args.pull_back = pull_back;
  return built;
}

/// The rule's instructions, named as the reverse walk names them.
std::string rule_text(Example& example) {
  Builder b(example.graph);
  size_t begin = example.graph.instrs.size();
  const Op op = example.graph.instrs[0].op;  // a copy: the rule's instructions may move it
  Values found = vjp(op, b, example.args);
  example.cotangents = found;
  std::string text;
  for (size_t i = begin; i < example.graph.instrs.size(); ++i) {
    Value v = example.graph.value_of(i);
    auto at = std::find(found.begin(), found.end(), v);
    b.rename(v,
             at == found.end()
                 ? b.name(example.args.result) + "$" + std::to_string(i - begin + 1)
                 : "d." + b.name(example.args.operands[static_cast<size_t>(at - found.begin())]));
  }
  for (size_t i = begin; i < example.graph.instrs.size(); ++i) {
    text += "    " + instruction_text(example.graph, example.graph.value_of(i)) + "\n";
  }
  for (size_t k = 0; k < found.size(); ++k) {
    const std::string& operand = b.name(example.args.operands[k]);
    if (!found[k]) {
      if (example.args.needs[k])
        text +=
            "    %d." + operand + " is none: the result is locally constant in %" + operand + "\n";
    } else if (b.name(found[k]) != "d." + operand) {
      text += "    %d." + operand + " is %" + b.name(found[k]) + "\n";
    }
  }
  return text;
}

std::string operands_text(const Example& example) {
  std::string text;
  for (Value v : example.args.operands) {
    text += "    %" + example.graph.name_of(v) + " : " + example.graph.type(v).text() + "\n";
  }
  return text;
}

std::string lowered_text(const Graph& graph) {
  Graph core = lower(graph);
  std::string text;
  for (size_t i = 0; i < core.instrs.size(); ++i) {
    text += "    " + instruction_text(core, core.value_of(i)) + "\n";
  }
  return text;
}

/// The op and its rule as the module that would run.
std::string stablehlo_text(const Example& example) {
  Graph graph = example.graph;
  graph.name = "example";
  graph.results = {example.args.result};
  for (Value v : example.cotangents) {
    if (v) graph.results.push_back(v);
  }
  return indented(print_stablehlo(lower(graph)), "    ");
}

}  // namespace

std::string instruction_text(const Graph& graph, Value v) {
  const Instr& instr = graph.instr(v);
  if (auto* constant = std::get_if<Constant>(&instr.op)) {
    bool integer = !is_float(instr.type.element);
    return "%" + instr.name + " = constant " +
           join(constant->values, ", ",
                [&](const Decimal& d) {
                  return integer ? std::to_string(d.to_integer()) : d.text();
                }) +
           " : " + instr.type.text();
  }
  std::vector<std::string> attributes;
  for (const Attribute& attribute : attributes_of(instr.op)) {
    if (is_usual(attribute)) continue;
    attributes.push_back(attribute.name + " = " + std::visit(AttributeText{}, attribute.value));
  }
  std::string operands =
      join(instr.operands, ", ", [&](Value o) { return "%" + graph.name_of(o); });
  return "%" + instr.name + " = " + std::string(info_of(instr.op).name) +
         (operands.empty() ? "" : " " + operands) +
         (attributes.empty() ? "" : " {" + join(attributes) + "}") + " : " + instr.type.text();
}

std::string idea_of(Trick trick) {
  switch (trick) {
    case Trick::constant:
      return "the result is locally constant, so nothing flows back";
    case Trick::linear:
      return "it only moves or sums elements, so the adjoint moves them back";
    case Trick::diagonal:
      return "it is elementwise, so d.y is multiplied by the slope at each element";
    case Trick::toeplitz:
      return "the Jacobian holds the kernel on its diagonals; its transpose is a convolution again";
    case Trick::selection:
      return "each output copies one input, which alone gets its cotangent";
    case Trick::rank1:
      return "the Jacobian is a diagonal plus a rank-1 correction: no matrix is ever formed";
    case Trick::outer_product:
      return "it is bilinear: a weight's cotangent is a sum of outer products, x ⊗ d.y";
  }
  return "";
}

std::string explain_op(const std::string& name, const Style& style) {
  std::vector<std::string> names;
  for (const OpExample& example : op_examples()) {
    const OpInfo& info = info_of(example.op);
    names.emplace_back(info.name);
    if (info.name != name) continue;
    Example built = build(example);
    std::string text = style.bold(name) + "  " + std::string(info.equation) + "\n\n" +
                       theory_text(info, style) + "\n  " + style.bold("for example") + "\n" +
                       operands_text(built) + "    " +
                       instruction_text(built.graph, built.args.result) + "\n";
    if (info.composite) {
      text += "\n  " + style.bold("which is lowered to") + "\n" + lowered_text(built.graph);
    }
    text += "\n  " + style.bold("rule") + "\n";
    text += built.args.cotangent ? rule_text(built) : "    none: no cotangent passes through it\n";
    return text + "\n  " + style.bold("StableHLO") + "\n" + stablehlo_text(built) + "\n" +
           lemmas_text(info, style);
  }
  std::string near = nearest(name, names);
  throw Error("there is no op '" + name + "'" +
              (near.empty() ? "" : "; did you mean '" + near + "'?") + "\n  ops: " + join(names));
}

std::string list_ops(const Style& style) {
  Table table({{"op"}, {"trick"}, {"equation"}});
  for (const OpInfo& info : all_ops()) {
    table.row(
        {std::string(info.name), std::string(to_string(info.trick)), std::string(info.equation)});
  }
  return table.text(style);
}

}  // namespace pullback::cli
