#include <iostream>

#include "base/file.h"
#include "base/text.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/coq.h"
#include "print/stablehlo.h"
#include "tests/ir/op_cases.h"
#include "train/step.h"
#include "zoo/load.h"

/// write_print_cases FILE.v: Coq's printer against the C++ one. For every case of the table of ops,
/// forward and VJP, for awkward names and constants, and for train steps: the lowered graph as a
/// Coq program, and a theorem that Coq prints it as print_stablehlo does.
namespace pullback::test {
namespace {

int64_t id(Value v) { return v.id + 1; }

std::string values(const Values& list) {
  return "[" + join(list, "; ", [](Value v) { return std::to_string(id(v)); }) + "]";
}

/// Definitions and the theorem of one graph.
std::string theorem(const std::string& name, const Graph& graph) {
  auto named = [](const std::string& n) { return "(bytes_of " + coq_string(n) + ")"; };
  std::vector<std::string> arguments, instructions;
  for (const Argument& a : graph.arguments) {
    arguments.push_back("(" + std::to_string(arguments.size() + 1) + "%positive, (" +
                        named(a.name) + ", " + coq_type(a.type) + "))");
  }
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    const Instr& instr = graph.instrs[i];
    instructions.push_back(
        "I " + std::to_string(id(graph.value_of(i))) + " " + coq_op(instr.op) + " " +
        values(instr.operands) + "%positive [" +
        join(instr.operands, "; ", [&](Value v) { return coq_type(graph.type(v)); }) + "] " +
        coq_type(instr.type) + " " + named(instr.name));
  }
  return "Module " + name + ".\n" + coq_chunks("arguments", "value", arguments) +
         coq_chunks("body", "instr", instructions) +
         coq_chunks("words", "int", coq_words(print_stablehlo(graph)), "%uint63") +
         "Theorem same : print_module " + named(graph.name) + " (concat arguments) " +
         values(graph.results) +
         "%positive (concat body) = Some (unpack words).\n"
         "Proof. apply text_is_eq. vm_cast_no_check (eq_refl true). Qed.\nEnd " +
         name + ".\n";
}

Graph awkward() {
  Graph graph;
  graph.name = "3-x.y";
  Builder b(graph);
  Value x = b.argument("12", f32({2, 1, 2}));
  Value y = b.argument("3x3", f32({2, 1, 2}));
  Value sum = b.emit(Add{}, {x, y}, "$z");
  b.constant(f32({}), Decimal(-78125, -7), "a-b.c_D");
  b.constant(f32({}), Decimal::special(Decimal::Kind::negative_zero), "negative_zero");
  b.constant(f32({}), Decimal(1, -21), "small");
  b.constant(f32({}), Decimal(-25, -20), "smallest_written_out");
  b.constant(f32({}), Decimal(3, 15), "largest_written_out");
  b.constant(f32({}), Decimal(-3, 16), "large");
  b.constant(f32({}), Decimal(123456789012345678, -9), "long");
  b.emit(Constant{f32({2, 1, 2}), {0, Decimal(5, -1), -12, Decimal(1, 2)}}, {}, "several");
  b.emit(Constant{f64({0, 2}), {}}, {}, "nothing");
  b.emit(Constant{i32({2}), {-7, Decimal(12, 3)}}, {}, "integers");
  b.emit(Constant{i1({2}), {0, 1}}, {}, "booleans");
  for (ElementType e : {ElementType::f32, ElementType::f64}) {
    for (Decimal::Kind k :
         {Decimal::Kind::infinity, Decimal::Kind::negative_infinity, Decimal::Kind::nan}) {
      b.constant({e, {}}, Decimal::special(k),
                 std::string(to_string(e)) + "." + std::to_string(static_cast<int>(k)));
    }
  }
  b.result(sum);
  b.result(x);
  return graph;
}

std::string all_theorems() {
  std::string text =
      "From Coq.Strings Require Import Byte.\n"
      "From Coq Require Import ZArith List PArith PrimInt63.\n"
      "From Pullback Require Import Syntax Print.Bytes Print.Module Print.Pack.\n"
      "Import ListNotations.\nOpen Scope Z_scope.\nOpen Scope text_scope.\n"
      "Local Notation int := PrimInt63.int.\n";
  text += theorem("awkward", awkward());
  text += theorem("no_results", Graph{});
  for (const OpCase& c : op_cases()) {
    if (!info_of(c.op).outside.empty()) continue;
    text += theorem(c.name, lower(forward_graph(c)));
    std::vector<bool> needs = differentiable(c);
    if (std::find(needs.begin(), needs.end(), true) == needs.end()) continue;
    text += theorem(c.name + "_vjp", lower(vjp_graph(c, needs)));
  }
  for (std::string net : {"mnist-linear", "mnist-mlp", "mnist-cnn"}) {
    Model model = build_training(load_network(net), 4);
    for (const std::string& optimizer : optimizer_names()) {
      TrainStep step =
          make_train_step(model.graph, model.parameters.size(), optimizer_named(optimizer));
      std::replace(net.begin(), net.end(), '-', '_');
      text += theorem(net + "_" + optimizer, lower(step.graph));
    }
  }
  return text;
}

}  // namespace
}  // namespace pullback::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_print_cases FILE.v\n";
    return 2;
  }
  pullback::write_file(argv[1], pullback::test::all_theorems());
}
