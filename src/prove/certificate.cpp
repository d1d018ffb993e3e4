#include "prove/certificate.h"

#include "autodiff/gradient.h"
#include "base/text.h"
#include "passes/lower.h"
#include "print/coq.h"
#include "print/stablehlo.h"

namespace pullback {

namespace {

std::string decimal(const Decimal& d) {
  return "(Dec " + std::to_string(d.mantissa) + " (" + std::to_string(d.exponent) + "))";
}

std::string optional(const std::optional<Decimal>& d) {
  return d ? "(Some " + decimal(*d) + ")" : "None";
}

/// The constructor of proofs/Optim/Optimizer.v with the settings.
std::string term(const Sgd&) { return "Sgd"; }
std::string term(const Momentum& o) { return "Momentum " + decimal(o.momentum); }
std::string term(const Nesterov& o) { return "Nesterov " + decimal(o.momentum); }
std::string term(const RmsProp& o) {
  return "RmsProp " + decimal(o.alpha) + " " + decimal(o.epsilon);
}
std::string settings(const Adam& o) {
  return decimal(o.beta1) + " " + decimal(o.beta2) + " " + decimal(o.epsilon);
}
std::string term(const Adam& o) { return "Adam " + settings(o); }
std::string term(const AdamW& o) { return "AdamW " + settings(o); }
std::string term(const Lamb& o) { return "Lamb " + settings(o); }
std::string optimizer_term(const Optimizer& o) {
  return "Optimizer (" + std::visit([](const auto& r) { return term(r); }, o.rule) + ") " +
         optional(o.weight_decay) + " " + (o.decay_vectors ? "true" : "false") + " " +
         optional(o.clip_norm) + " " + optional(o.average) + " " + optional(o.parts);
}

/// What it makes of a parameter θ with the gradient g at the learning rate η; `decay` is decoupled
/// weight decay.
std::string rule(const Sgd&, const std::string&) { return "θ' = θ - η g"; }
std::string rule(const Momentum& o, const std::string&) {
  return "v' = " + o.momentum.text() + " v + g, θ' = θ - η v'";
}
std::string rule(const Nesterov& o, const std::string&) {
  std::string mu = o.momentum.text();
  return "v' = " + mu + " v + g, θ' = θ - η (g + " + mu + " v')";
}
/// "v' = 0.99 v + (1-0.99) g²"
std::string average(const std::string& name, const Decimal& beta, const std::string& x) {
  return name + "' = " + beta.text() + " " + name + " + (1-" + beta.text() + ") " + x;
}
std::string rule(const RmsProp& o, const std::string&) {
  return average("v", o.alpha, "g²") + ", θ' = θ - η g / (√v' + " + o.epsilon.text() + ")";
}
std::string rule(const Adam& o, const std::string& decay) {
  std::string step = "(m'/(1-" + o.beta1.text() + "^t)) / (√(v'/(1-" + o.beta2.text() + "^t)) + " +
                     o.epsilon.text() + ")";
  return average("m", o.beta1, "g") + ", " + average("v", o.beta2, "g²") + ", θ' = θ - η " +
         (decay.empty() ? step : "(" + step + decay + ")");
}

std::string rule(const Lamb& o, const std::string& decay) {
  std::string text = rule(static_cast<const Adam&>(o), decay), step = "θ' = θ - η ";
  size_t direction = text.find(step) + step.size();
  return text.substr(0, direction) + "r u, u = " + text.substr(direction) +
         ", r = ‖θ‖/‖u‖, or 1 if either is 0";
}

std::string id(Value v) { return std::to_string(v.id + 1); }
std::string ids(const Values& values) { return "[" + join(values, "; ", id) + "]"; }

std::vector<std::string> arguments(const Graph& graph, size_t begin, size_t end) {
  std::vector<std::string> items;
  for (size_t i = begin; i < end; ++i) {
    const Argument& a = graph.arguments[i];
    items.push_back("argument " + coq_string(a.name) + " " + coq_type(a.type));
  }
  return items;
}

std::vector<std::string> instructions(const Graph& graph) {
  std::vector<std::string> items;
  for (const Instr& i : graph.instrs) {
    items.push_back("node " + coq_op(i.op) + " " + ids(i.operands) + "%positive " +
                    coq_string(i.name));
  }
  return items;
}

/// The definition of `net`.
std::string network_definition(const Graph& graph, size_t parameters, size_t statistics) {
  size_t batch = parameters + statistics;
  auto new_statistics = graph.results.end() - static_cast<std::ptrdiff_t>(statistics);
  Values results(graph.results.begin(), new_statistics);
  Values updated(new_statistics, graph.results.end());
  return "(* The forward graph: values are numbered from 1, first the parameters, then running\n"
         "   statistics, the batch, the instructions; types are inferred. *)\n" +
         coq_chunks("params", "(name * ty)", arguments(graph, 0, parameters)) +
         coq_chunks("stats", "(name * ty)", arguments(graph, parameters, batch)) +
         coq_chunks("batch", "(name * ty)", arguments(graph, batch, graph.arguments.size())) +
         coq_chunks("body", "(op * list positive * name)", instructions(graph)) +
         "Definition net : network :=\n  Net (bytes_of " + coq_string(graph.name) +
         ") (concat params) (concat stats) (concat batch) (concat body) " + id(graph.results[0]) +
         " " + ids(results) + "%positive " + ids(updated) + "%positive.\n";
}

/// The definition of `<name>`, the words of a file.
std::string words_definition(const std::string& name, const std::string& text,
                             const std::string& file) {
  return "\n(* The bytes of " + file + ", seven to a word. *)\nSection " + name +
         "_text.\nImport PrimInt63.\n" + coq_chunks(name, "int", coq_words(text), "%uint63") +
         "End " + name + "_text.\n";
}

/// The definitions of `order` and `function_words`.
std::string function_definition(const std::vector<size_t>& places, const std::string& function) {
  return "(* The order in which the program takes its arguments. *)\n"
         "Definition order : list positive := [" +
         join(places, "; ", [](size_t p) { return std::to_string(p + 1); }) + "]%positive.\n" +
         words_definition("function_words", function, "function.mlir");
}

/// Closes the proof that a text is the one that Coq computes.
constexpr const char* by_computation =
    "Proof. apply text_is_eq. vm_cast_no_check (eq_refl true). Qed.\n\n";
constexpr const char* function_is_text =
    "Theorem function_is_text : function_text net order = Some (unpack function_words).\n";
constexpr const char* diagnose_function =
    "Eval vm_compute in diagnose_function net order function_words.\n";
constexpr const char* conditions_and_assumptions =
    "(* The instructions whose side conditions are hypotheses about the point. *)\n"
    "Eval vm_compute in open_conditions net.\n"
    "Print Assumptions certificate.\n";

}  // namespace

GradientClaim gradient_claim(const Graph& part, const std::vector<size_t>& wrt) {
  return {with_first(part, wrt), wrt.size(), places_with_first(part, wrt),
          print_stablehlo(lower(part)), print_stablehlo(lower(gradient_function(part, wrt)))};
}

void require_provable(const Graph& graph) {
  for (const Instr& instr : graph.instrs) {
    const OpInfo& info = info_of(instr.op);
    if (info.outside.empty()) continue;
    throw Error("'" + instr.name + "' is a " + std::string(info.name) +
                ", which a certificate cannot contain: " + std::string(info.outside));
  }
  for (size_t i = 0; i < graph.value_count(); ++i) {
    Value v{static_cast<int32_t>(i)};
    try {
      coq_type(graph.type(v));
    } catch (const Error& error) {
      throw Error("'" + graph.name_of(v) + "' is " + graph.type(v).text() + ": " + error.what());
    }
  }
}

std::string certificate_imports() {
  return "From Coq Require Import ZArith List.\n"
         "From Coq Require PrimInt63.\n"
         "From Pullback Require Import Print.Module Optim.TrainStep Certificate.Check "
         "Certificate.Theorem Certificate.GradientTheorem.\n"
         "Import ListNotations.\n"
         "Open Scope Z_scope.\n"
         "Open Scope text_scope.\n\n";
}

std::string certificate_definitions(const Claim& claim) {
  return network_definition(claim.forward, claim.parameters, claim.statistics) +
         "Definition opt : optimizer :=\n  " + optimizer_term(claim.optimizer) + ".\n" +
         (claim.function.empty() ? "" : function_definition(claim.places, claim.function)) +
         words_definition("words", claim.step, "step.mlir") + "\n";
}

std::string certificate_definitions(const GradientClaim& claim) {
  return network_definition(claim.forward, claim.parameters, 0) +
         function_definition(claim.places, claim.function) +
         words_definition("words", claim.gradient, "gradient.mlir") + "\n";
}

std::string certificate(const Claim& claim) {
  return "(* The certificate of the train step of " + claim.forward.name +
         ", written by `pullback prove`. *)\n" + certificate_imports() +
         certificate_definitions(claim) +
         (claim.function.empty() ? "" : std::string(function_is_text) + by_computation) +
         "Theorem step_is_text : step_text net opt = Some (unpack words).\n" + by_computation +
         "Theorem certificate : exists c, is_train_step net opt c /\\\n"
         "  print_module (net_name net) (s_args (c_step c)) (s_results (c_step c)) (c_program c)\n"
         "  = Some (unpack words).\n"
         "Proof. exact (certificate_sound net opt (unpack words) step_is_text). Qed.\n\n" +
         conditions_and_assumptions;
}

std::string certificate(const GradientClaim& claim) {
  return "(* The certificate of the gradient function of " + claim.forward.name +
         ", written by `pullback prove`. *)\n" + certificate_imports() +
         certificate_definitions(claim) + function_is_text + by_computation +
         "Theorem gradient_is_text : gradient_text net order = Some (unpack words).\n" +
         by_computation +
         "Theorem certificate : exists d, is_gradient_function net d\n"
         "  /\\ print_module (net_name net) (d_args d) (function_results net) (d_function d)\n"
         "     = Some (unpack function_words)\n"
         "  /\\ print_module (net_name net) (d_args d) (gradient_results net d) (d_program d)\n"
         "     = Some (unpack words).\n"
         "Proof.\n"
         "  exact (gradient_certificate_sound net order _ _ function_is_text gradient_is_text).\n"
         "Qed.\n\n" +
         conditions_and_assumptions;
}

std::string diagnosis(const Claim& claim) {
  return certificate_imports() + certificate_definitions(claim) +
         (claim.function.empty() ? "" : diagnose_function) +
         "Eval vm_compute in diagnose net opt words.\n";
}

std::string diagnosis(const GradientClaim& claim) {
  return certificate_imports() + certificate_definitions(claim) + diagnose_function +
         "Eval vm_compute in diagnose_gradient net order words.\n";
}

std::vector<std::string> equation(const Optimizer& optimizer) {
  bool decoupled = decouples(optimizer);
  std::string decay = optimizer.weight_decay ? " + " + optimizer.weight_decay->text() + " θ" : "";
  std::vector<std::string> lines = {
      std::visit([&](const auto& r) { return rule(r, decoupled ? decay : ""); }, optimizer.rule)};
  if (optimizer.clip_norm) {
    std::string limit = optimizer.clip_norm->text();
    lines.push_back("where g is first multiplied by " + limit + " / max(‖g‖, " + limit +
                    "), ‖g‖ the norm of all gradients");
  }
  if (!decay.empty() && !decoupled) lines.push_back("and g" + decay + " stands for g");
  if (!decay.empty() && !optimizer.decay_vectors) lines.emplace_back("(vectors do not decay)");
  if (std::holds_alternative<Lamb>(optimizer.rule) && !optimizer.decay_vectors) {
    lines.emplace_back("(of vectors r is 1)");
  }
  if (optimizer.average) lines.push_back(average("a", *optimizer.average, "θ'"));
  if (optimizer.parts) {
    std::string k = std::to_string(static_cast<int64_t>(optimizer.parts->to_double()));
    lines.push_back("of a batch in " + k + " parts: g is the sum of their gradients / " + k +
                    ", and the last part makes the step");
  }
  return lines;
}

}  // namespace pullback
