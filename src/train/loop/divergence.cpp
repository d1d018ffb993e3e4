#include "train/loop/divergence.h"

#include <algorithm>
#include <cmath>

namespace pullback {

namespace {

std::optional<double> non_finite(const Tensor& tensor) {
  return dispatch(tensor.element(), [&]<class T>() -> std::optional<double> {
    for (T v : tensor.values<T>()) {
      if (!std::isfinite(static_cast<double>(v))) return v;
    }
    return {};
  });
}

/// The layer whose values are named "<layer>…" or, for cotangents, "d.<layer>…".
std::string layer_of(const std::string& name) {
  std::string layer = name.substr(name.starts_with("d.") ? 2 : 0);
  return layer.substr(0, layer.find_first_of(".$"));
}

}  // namespace

bool all_finite(const Tensor& tensor) { return !non_finite(tensor); }

std::optional<FirstNonFinite> first_non_finite(const Graph& graph,
                                               const std::vector<Tensor>& arguments) {
  std::vector<Tensor> values(arguments);
  std::vector<bool> fixed(arguments.size(), false);  // depends on constants alone
  auto at = [](Value v) { return static_cast<size_t>(v.id); };
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (auto number = non_finite(values[i])) return {{{static_cast<int32_t>(i)}, *number}};
  }
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    const Instr& instr = graph.instrs[i];
    std::vector<const Tensor*> operands;
    bool constant = true;
    for (Value operand : instr.operands) {
      operands.push_back(&values[at(operand)]);
      constant = constant && fixed[at(operand)];
    }
    values.push_back(eval(instr.op, operands, instr.type));
    fixed.push_back(constant);
    if (constant) continue;
    if (auto number = non_finite(values.back())) return {{graph.value_of(i), *number}};
  }
  return {};
}

std::string describe(const FirstNonFinite& first, const Graph& graph, const Model& model) {
  const std::string& name = graph.name_of(first.value);
  std::string text = "'" + name + "'";
  if (!graph.is_argument(first.value)) {
    text += " (" + std::string(info_of(graph.instr(first.value).op).name) + ")";
  }
  for (const LayerRecord& record : model.layers) {
    if (record.name != layer_of(name)) continue;
    text += (name.starts_with("d.") ? " in the backward pass of layer '" : " in layer '") +
            record.name + "' (" + record.kind + ", " + record.description + ")";
  }
  return text + " is " + (std::isnan(first.number) ? "NaN" : first.number > 0 ? "inf" : "-inf");
}

}  // namespace pullback
