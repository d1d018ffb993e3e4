#include <iostream>

#include "base/file.h"
#include "base/text.h"
#include "ir/builder.h"
#include "print/coq.h"
#include "tests/ir/op_cases.h"
#include "tests/proofs/certified.h"
#include "tests/proofs/random_cases.h"

/// write_vjp_cases FILE.v: Coq's typing and backward templates against the C++ ones. For every case
/// of the table of ops a theorem that Coq infers the same type, or none where the case is outside
/// the certified domain, and for every choice of operands that need a cotangent one that Coq's
/// template has the same instructions. Every rejected use is rejected. The same for random uses.
namespace pullback::test {
namespace {

constexpr int random_per_op = 20;

std::string types(const std::vector<Type>& list) {
  return "[" + join(list, "; ", [](const Type& t) { return coq_type(t); }) + "]";
}

std::string theorem(const std::string& name, const std::string& left, const std::string& right) {
  return "Theorem " + name + " :\n" + left + "\n= " + right + ".\nProof. computes. Qed.\n";
}

/// The template of a case: operands, result and cotangent are numbered in this order, then come the
/// template's instructions.
std::string coq_template(const OpCase& c, const std::vector<bool>& needs) {
  Graph graph;
  Builder b(graph);
  Values operands;
  for (const Type& type : c.operands) operands.push_back(b.argument("x", type));
  Value cotangent = b.argument("ct", c.result);
  Value result = b.emit(c.op, operands);
  Values outs = vjp(c.op, b, {operands, result, cotangent, needs});
  auto local = [&](Value v) {
    return std::to_string(v == result ? cotangent.id : v == cotangent ? result.id : v.id);
  };
  std::vector<std::string> instructions;
  for (size_t i = 1; i < graph.instrs.size(); ++i) {
    const Instr& instr = graph.instrs[i];
    std::vector<Type> in;
    for (Value v : instr.operands) in.push_back(graph.type(v));
    instructions.push_back("T " + coq_op(instr.op) + " [" + join(instr.operands, "; ", local) +
                           "]%nat " + types(in) + " " + coq_type(instr.type));
  }
  std::vector<std::string> places;
  for (size_t k = 0; k < needs.size(); ++k) {
    places.push_back(needs[k] && outs[k] ? "Some " + local(outs[k]) + "%nat" : "None");
  }
  return "Some ([" + join(instructions, ";\n  ") + "], [" + join(places, "; ") + "])";
}

/// The theorems of a use that C++ accepts.
std::string accepted(const OpCase& c) {
  std::string use = coq_op(c.op) + " " + types(c.operands);
  if (!certified(c.op, c.operands)) return theorem(c.name, "infer " + use, "None");
  std::string text = theorem(c.name, "infer " + use, "Some " + coq_type(c.result));
  std::vector<bool> can = differentiable(c);
  size_t n = can.size();
  for (size_t mask = 1; mask < (size_t{1} << n); ++mask) {
    std::vector<bool> needs;
    bool possible = true;
    for (size_t k = 0; k < n; ++k) {
      needs.push_back((mask >> k & 1) != 0);
      if (needs[k] && !can[k]) possible = false;
    }
    if (!possible) continue;
    std::string list = "[" + join(needs, "; ", [](bool b) { return b ? "true" : "false"; }) + "]";
    text += theorem(c.name + "_vjp_" + std::to_string(mask),
                    "used " + list + " (vjp " + coq_op(c.op) + " " + list + " " +
                        types(c.operands) + " " + coq_type(c.result) + ")",
                    coq_template(c, needs));
  }
  return text;
}

std::string rejected(const std::string& name, const Op& op, const std::vector<Type>& operands) {
  return theorem(name, "infer " + coq_op(op) + " " + types(operands), "None");
}

std::string all_theorems() {
  std::string text =
      "From Coq Require Import ZArith List.\n"
      "From Pullback Require Import Base.Index Syntax Ops.Op.\n"
      "Import ListNotations.\nOpen Scope Z_scope.\n"
      "Ltac computes := match goal with |- _ = ?r => vm_cast_no_check (eq_refl r) end.\n"
      "(* A contribution that is not needed does not count. *)\n"
      "Fixpoint wanted (needs : list bool) (outs : list (option nat)) : list (option nat) :=\n"
      "  match needs, outs with\n"
      "  | n :: needs, o :: outs => (if n then o else None) :: wanted needs outs\n"
      "  | _, _ => outs\n"
      "  end.\n"
      "Definition used (needs : list bool) (t : option template) : option template :=\n"
      "  option_map (fun t => (fst t, wanted needs (snd t))) t.\n";
  for (const OpCase& c : op_cases()) {
    if (info_of(c.op).outside.empty()) text += accepted(c);
  }
  for (const Rejection& r : rejections()) {
    if (info_of(r.op).outside.empty()) text += rejected(r.name, r.op, r.operands);
  }
  for (const RandomCase& c : random_cases(random_per_op, 2)) {
    text += c.accepted ? accepted(c.use) : rejected(c.use.name, c.use.op, c.use.operands);
  }
  return text;
}

}  // namespace
}  // namespace pullback::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_vjp_cases FILE.v\n";
    return 2;
  }
  pullback::write_file(argv[1], pullback::test::all_theorems());
}
