#include "prove/certificate.h"

#include "base/text.h"
#include "print/coq.h"

namespace pullback {

namespace {

std::string decimal(const Decimal& d) {
  return "(Dec " + std::to_string(d.mantissa) + " (" + std::to_string(d.exponent) + "))";
}

/// The constructor of proofs/Optim/Optimizer.v with the settings.
std::string term(const Sgd&) { return "(plain Sgd)"; }
std::string term(const Momentum& o) { return "(plain (Momentum " + decimal(o.momentum) + "))"; }

/// What it makes of a parameter θ with the gradient g at the learning rate η.
std::string rule(const Sgd&) { return "θ' = θ - η g"; }
std::string rule(const Momentum& o) {
  return "v' = " + o.momentum.text() + " v + g, θ' = θ - η v'";
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

}  // namespace

std::string certificate_imports() {
  return "From Coq Require Import ZArith List.\n"
         "From Coq Require PrimInt63.\n"
         "From Pullback Require Import Print.Module Optim.TrainStep Certificate.Check "
         "Certificate.Theorem.\n"
         "Import ListNotations.\n"
         "Open Scope Z_scope.\n"
         "Open Scope text_scope.\n\n";
}

std::string certificate_definitions(const Claim& claim) {
  const Graph& graph = claim.forward;
  return "(* The forward graph: values are numbered from 1, first the parameters, then the batch,\n"
         "   then the instructions; types are inferred. *)\n" +
         coq_chunks("params", "(name * ty)", arguments(graph, 0, claim.parameters)) +
         coq_chunks("batch", "(name * ty)",
                    arguments(graph, claim.parameters, graph.arguments.size())) +
         coq_chunks("body", "(op * list positive * name)", instructions(graph)) +
         "Definition net : network :=\n  Net (bytes_of " + coq_string(graph.name) +
         ") (concat params) [] (concat batch) (concat body) " + id(graph.results[0]) + " " +
         ids(graph.results) + "%positive [].\nDefinition opt : optimizer := " +
         std::visit([](const auto& o) { return term(o); }, claim.optimizer) +
         ".\n\n(* The bytes of step.mlir, seven to a word. *)\nSection Text.\nImport PrimInt63.\n" +
         coq_chunks("words", "int", coq_words(claim.step), "%uint63") + "End Text.\n\n";
}

std::string certificate(const Claim& claim) {
  return "(* The certificate of the train step of " + claim.forward.name +
         ", written by `pullback prove`. *)\n" + certificate_imports() +
         certificate_definitions(claim) +
         "Theorem step_is_text : step_text net opt = Some (unpack words).\n"
         "Proof. apply text_is_eq. vm_cast_no_check (eq_refl true). Qed.\n\n"
         "Theorem certificate : exists c, is_train_step net opt c /\\\n"
         "  print_module (net_name net) (s_args (c_step c)) (s_results (c_step c)) (c_program c)\n"
         "  = Some (unpack words).\n"
         "Proof. exact (certificate_sound net opt (unpack words) step_is_text). Qed.\n\n"
         "(* The instructions whose side conditions are hypotheses about the point. *)\n"
         "Eval vm_compute in open_conditions net.\n"
         "Print Assumptions certificate.\n";
}

std::string diagnosis(const Claim& claim) {
  return certificate_imports() + certificate_definitions(claim) +
         "Eval vm_compute in diagnose net opt words.\n";
}

std::string equation(const Optimizer& optimizer) {
  return std::visit([](const auto& o) { return rule(o); }, optimizer);
}

}  // namespace pullback
