#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "cli/explain.h"
#include "nn/model.h"
#include "train/step.h"

namespace pullback::cli {

namespace {

/// Writes the sections of a network's explanation.
class Explainer {
 public:
  Explainer(const Model& model, const Style& style)
      : model_(model),
        style_(style),
        step_(
            make_train_step(model.graph, model.parameters.size(), Sgd{}, model.statistics.size())),
        needed_(step_.graph.value_count(), false) {
    needed_[static_cast<size_t>(step_.loss.id)] = true;
    for (size_t i = step_.forward_instrs; i-- > 0;) {
      if (!needed_[static_cast<size_t>(step_.graph.value_of(i).id)]) continue;
      for (Value v : step_.graph.instrs[i].operands) needed_[static_cast<size_t>(v.id)] = true;
    }
  }

  std::string layer(const LayerRecord& layer) const {
    bool described = layer.equation.find(layer.description) != std::string::npos;
    std::string text = style_.bold(layer.name) + "  " +
                       style_.dim(described ? "" : layer.description) + "\n\n    " +
                       layer.equation + "\n\n  " + style_.bold("forward") + "\n";
    std::string metrics;
    for (size_t i = layer.begin; i < layer.end; ++i) {
      Value v = step_.graph.value_of(i);
      std::string line = "    " + instruction_text(step_.graph, v) + "\n";
      (needed_[static_cast<size_t>(v.id)] ? text : metrics) += line;
    }
    if (!metrics.empty()) {
      text += "\n  " + style_.bold("accuracy") + ", which the loss does not depend on\n" + metrics;
    }
    std::string back;
    for (size_t i = layer.end; i-- > layer.begin;) back += backward(step_.graph.value_of(i));
    if (layer.kind == "loss") back = seed() + back;
    text += "\n  " + style_.bold("backward") + "\n";
    return text + (back.empty() ? "    nothing: no parameter lies before it\n" : back) +
           updates(layer);
  }

 private:
  const std::string& name(Value v) const { return step_.graph.name_of(v); }
  Value cotangent(Value v) const {
    size_t at = static_cast<size_t>(v.id);
    return at < step_.backward.cotangents.size() ? step_.backward.cotangents[at] : Value{};
  }

  std::string seed() const {
    return "    the loss's own cotangent\n      " + style_.dim(lemma_place("reverse_mode_exact")) +
           "\n      " + instruction_text(step_.graph, step_.backward.steps[0].value) + "\n";
  }

  /// What the walk added for one forward instruction.
  std::string backward(Value v) const {
    if (!cotangent(v)) return "";
    const Instr& instr = step_.graph.instr(v);
    std::string lines;
    for (const BackwardStep& added : step_.backward.steps) {
      if (added.source != v || added.value == cotangent(step_.loss)) continue;
      lines += "      " + instruction_text(step_.graph, added.value) + "\n";
      if (added.sum) {
        lines += "        " +
                 style_.dim("additive fan-in: used more than once, its cotangents add") +
                 "\n        " + style_.dim(lemma_place("additive_fan_in")) + "\n";
      }
    }
    size_t factors = 0;
    for (Value operand : instr.operands) {
      Value ct = cotangent(operand);
      factors += ct ? 1 : 0;
      if (ct && ct == cotangent(v))
        lines += "      %d." + name(operand) + " is %" + name(ct) + "\n";
    }
    if (lines.empty()) return "";
    const OpInfo& info = info_of(instr.op);
    std::string text = "    " + style_.cyan("%" + instr.name + " = " + std::string(info.name)) +
                       "  " + std::string(info.equation) + "\n      " +
                       style_.dim("chain rule, " + std::string(to_string(info.trick)) + ": " +
                                  idea_of(info.trick)) +
                       "\n      " +
                       style_.dim(lemma_place(std::string(info.name) + "_vjp_correct")) + "\n";
    bool bilinear = info.trick == Trick::outer_product || info.trick == Trick::toeplitz ||
                    info.name == "multiply";
    if (bilinear && factors == 2) {
      text += "      " +
              style_.dim("multiplicative fan-in: each factor gets d.y times the other factor") +
              "\n      " + style_.dim(lemma_place("product_rule")) + "\n";
    }
    return text + lines;
  }

  std::string updates(const LayerRecord& layer) const {
    std::string text;
    for (size_t p = 0; p < model_.parameters.size(); ++p) {
      const std::string& parameter = model_.parameters[p].name;
      if (!parameter.starts_with(layer.name + ".")) continue;
      text += "    " + parameter + " ← " + parameter + " - learning_rate · d." + parameter + "\n";
    }
    if (text.empty()) return "";
    return "\n  " + style_.bold("update") + "\n    " + style_.dim(lemma_place("train_step_exact")) +
           "\n" + text;
  }

  const Model& model_;
  const Style& style_;
  TrainStep step_;
  std::vector<bool> needed_;  ///< per forward value: the loss depends on it
};

const char* introduction =
    "Backpropagation is one operation, the vector–Jacobian product, composed by three rules:\n"
    "  chain rule               each instruction turns its result's cotangent d.y into its\n"
    "                           operands' cotangents; instructions are visited in reverse\n"
    "  additive fan-in          the cotangents of a value that is used twice add\n"
    "  multiplicative fan-in    each factor of a product gets d.y times the other factor\n"
    "Below each instruction is the lemma that proves its rule; the walk's theorem is\n"
    "reverse_mode_exact.\n\n";

}  // namespace

std::string explain_network(const Network& network, int64_t batch, const std::string& layer,
                            const Style& style) {
  Model model = build_training(network, batch);
  Explainer explainer(model, style);
  std::vector<std::string> names;
  std::string text = layer.empty() ? introduction : "";
  for (const LayerRecord& record : model.layers) {
    names.push_back(record.name);
    if (record.name == layer) return explainer.layer(record);
    text += explainer.layer(record) + "\n";
  }
  if (layer.empty()) return text;
  std::string near = nearest(layer, names);
  throw Error("'" + network.name + "' has no layer '" + layer + "'" +
              (near.empty() ? "" : "; did you mean '" + near + "'?") +
              "\n  layers: " + join(names));
}

}  // namespace pullback::cli
