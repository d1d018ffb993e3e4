#include <algorithm>
#include <iostream>

#include "autodiff/gradient.h"
#include "base/file.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/coq.h"
#include "print/stablehlo.h"
#include "prove/certificate.h"
#include "tests/proofs/mutants.h"
#include "train/step.h"
#include "zoo/load.h"

/// write_mutants FILE.v: hundreds of mutants of the MNIST networks' steps. The file proves that the
/// check of a certificate accepts each step and rejects every mutant.
namespace pullback::test {
namespace {

/// What a mutant has in place of a part of the text: "Edit at removed inserted".
std::string edit(const std::string& text, const std::string& mutant) {
  auto first = std::mismatch(text.begin(), text.end(), mutant.begin(), mutant.end());
  auto at = static_cast<size_t>(first.first - text.begin());
  size_t room = std::min(text.size(), mutant.size()) - at;
  size_t tail = 0;
  while (tail < room && text[text.size() - 1 - tail] == mutant[mutant.size() - 1 - tail]) ++tail;
  return "Edit " + std::to_string(at) + "%N " + std::to_string(text.size() - at - tail) + "%N [" +
         [&] {
           std::string words;
           for (const std::string& w : coq_words(mutant.substr(at, mutant.size() - tail - at))) {
             words += (words.empty() ? "" : "; ") + w;
           }
           return words;
         }() +
         "]%uint63";
}

const char* const preamble = R"(
(* The text with `removed` bytes from `at` on replaced. *)
Record edit := Edit { at_ : N; removed : N; inserted : list PrimInt63.int }.
Fixpoint splice (l : list Byte.byte) (at_ removed : N) (k : list Byte.byte) : list Byte.byte :=
  match l with
  | [] => k
  | b :: r =>
      match at_, removed with
      | N0, N0 => k ++ l
      | N0, _ => splice r 0 (N.pred removed) k
      | _, _ => b :: splice r (N.pred at_) removed k
      end
  end.
Definition edited (l : list Byte.byte) (e : edit) : list Byte.byte :=
  splice l (at_ e) (removed e) (unpack [inserted e]).
(* The check of a certificate (Print/Pack.v, text_is) on the bytes of a text. *)
Definition accepts (step : option (list Byte.byte)) (text : list Byte.byte) : bool :=
  match step with Some t => bytes_eqb t text | None => false end.
Definition all_rejected (step : option (list Byte.byte)) (text : list Byte.byte) (l : list edit) : bool :=
  accepts step text && forallb (fun e => negb (accepts step (edited text e))) l.
)";

struct Written {
  std::string file;
  size_t mutants = 0;
};

/// That the certificate accepts this text, which the Coq term `proven` is, and no mutant of it.
void add(Written& written, std::string module, const std::string& definitions,
         const std::string& proven, const std::string& text) {
  std::vector<Mutant> mutants = mutants_of(text, 13, written.mutants);
  std::vector<std::string> edits;
  for (const Mutant& mutant : mutants) edits.push_back(edit(text, mutant.text));
  written.mutants += mutants.size();
  std::replace(module.begin(), module.end(), '-', '_');
  std::string body = definitions + "Theorem is_text : " + proven +
                     " = Some (unpack words).\n"
                     "Proof. apply text_is_eq. vm_cast_no_check (eq_refl true). Qed.\n";
  written.file += "Module " + module + ".\n" + body + "Section Edits.\nImport PrimInt63.\n" +
                  coq_chunks("edits", "edit", edits) +
                  "End Edits.\nTheorem mutants_rejected :\n"
                  "  all_rejected (" +
                  proven +
                  ") (unpack words) (concat edits) = true.\n"
                  "Proof. vm_cast_no_check (eq_refl true). Qed.\nEnd " +
                  module + ".\n";
}

void add(Written& written, Claim claim) {
  TrainStep step =
      make_train_step(claim.forward, claim.parameters, claim.optimizer, claim.statistics);
  claim.step = print_stablehlo(lower(step.graph));
  add(written, claim.forward.name + "_" + std::string(name_of(claim.optimizer)),
      certificate_definitions(claim), "step_text net opt", claim.step);
}

/// The gradient function of a network's loss by some of its parameters and its images.
void add_gradient(Written& written, const std::string& net) {
  Graph forward = build_training(load_network(net), 4).graph;
  std::vector<size_t> wrt;
  for (size_t i : float_arguments(forward)) {
    if (i % 2 == 0) wrt.push_back(i);
  }
  GradientClaim claim = gradient_claim(differentiated_part(forward, 0, true), wrt);
  add(written, net + "_gradient", certificate_definitions(claim), "gradient_text net order",
      claim.gradient);
}

void add(Written& written, const std::string& net, const Optimizer& optimizer) {
  Model model = build_training(load_network(net), 4);
  add(written, {model.graph, model.parameters.size(), optimizer, ""});
}

Optimizer adamw() {
  Optimizer optimizer = AdamW{};
  optimizer.weight_decay = Decimal(1, -2);
  optimizer.clip_norm = 1;
  return optimizer;
}

/// All that a step can have.
Optimizer lamb() {
  Optimizer optimizer = Lamb{};
  optimizer.weight_decay = Decimal(1, -2);
  optimizer.clip_norm = 1;
  optimizer.average = Decimal(99, -2);
  optimizer.parts = Decimal(2);
  return optimizer;
}

/// A linear model with a running mean of its batches, a statistic.
Claim running_mean() {
  Graph graph;
  graph.name = "running_mean";
  Builder b(graph);
  Type type{ElementType::f32, {3}};
  Value w = b.argument("w", type);
  Value mean = b.argument("mean", type);
  Value x = b.argument("x", type);
  Value half = b.constant(type, Decimal(5, -1), "half");
  b.result(b.reduce(Reduction::add, b.multiply(w, x, "product"), {0}, "loss"));
  b.result(b.add(b.multiply(half, mean, "kept"), b.multiply(half, x, "fresh"), "moved"));
  return {graph, 1, adamw(), "", 1};
}

}  // namespace
}  // namespace pullback::test

int main(int argc, char** argv) {
  using namespace pullback;
  if (argc != 2) {
    std::cerr << "usage: write_mutants FILE.v\n";
    return 2;
  }
  test::Written written;
  written.file =
      "From Coq Require Import ZArith NArith List Bool.\nFrom Coq.Strings Require Byte.\n"
      "From Coq Require PrimInt63.\nFrom Pullback Require Import Certificate.Check.\n"
      "Import ListNotations.\nOpen Scope N_scope.\n" +
      std::string(test::preamble) + "Open Scope Z_scope.\nOpen Scope text_scope.\n";
  for (const char* net : {"mnist-linear", "mnist-mlp", "mnist-cnn"}) {
    for (const char* optimizer : {"sgd", "momentum"}) {
      test::add(written, net, optimizer_named(optimizer));
    }
  }
  test::add(written, "mnist-linear", test::adamw());
  test::add(written, "mnist-linear", test::lamb());
  test::add(written, test::running_mean());
  test::add_gradient(written, "mnist-linear");
  test::add_gradient(written, "mnist-cnn");
  write_file(argv[1], written.file);
  std::cout << written.mutants << " mutants\n";
  return written.mutants >= 500 ? 0 : 1;
}
