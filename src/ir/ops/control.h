#pragma once

#include "ir/ops/op.h"

/// Ops that choose what runs: branches and loops. Each stands for one of its results, `result`.
/// Their programs take the outer values that they use as arguments, named as the values are.
///
/// No certificate contains them: a loop whose number of rounds is known is unrolled before, a
/// branch becomes a select of both (passes/unroll.h, passes/selects.h).
namespace pullback {

/// y = p ? true_branch() : false_branch(). Operands: p, then what the branches use.
/// Adjoint: the same choice between the branches' pullbacks.
struct If {
  static constexpr OpInfo info{
      .name = "if",
      .trick = Trick::selection,
      .equation = "y = p ? f(x) : g(x)",
      .outside = "prove takes both branches and selects, so it never meets one"};
  Subgraph true_branch, false_branch;
  int64_t result = 0;

  std::vector<Subgraph*> regions() { return {&true_branch, &false_branch}; }
  size_t first_input() const { return 1; }
  size_t first_capture() const { return 1; }
  Attributes attributes() const;
  std::vector<Type> infer_all(Types in) const;  // if_c1, c2, c3, i1
  Type infer(Types in) const;
  std::vector<Tensor> eval_all(Tensors in) const;
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const If&) const = default;
};

/// y = branches[i](), the last one where i is no branch's number. Operands: i, then what the
/// branches use. Adjoint: the same choice between the branches' pullbacks.
struct Case {
  static constexpr OpInfo info{
      .name = "case",
      .trick = Trick::selection,
      .equation = "y = f_i(x), the last f where there is no f_i",
      .outside = "prove takes all branches and selects, so it never meets one"};
  std::vector<Subgraph> branches;
  int64_t result = 0;

  std::vector<Subgraph*> regions();
  size_t first_input() const { return 1; }
  size_t first_capture() const { return 1; }
  Attributes attributes() const;
  std::vector<Type> infer_all(Types in) const;  // case_c1, c2, c3, c4, i1
  Type infer(Types in) const;
  std::vector<Tensor> eval_all(Tensors in) const;
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Case&) const = default;
};

/// x = body(x) while condition(x), from the operands, for the values that the loop carries; then
/// come the operands that it only uses. Differentiated only unrolled (passes/unroll.h).
struct While {
  static constexpr OpInfo info{
      .name = "while",
      .trick = Trick::constant,
      .equation = "x = body(x) while condition(x)",
      .outside =
          "the number of its rounds depends on the data: there is no straight-line program "
          "to certify; prove unrolls those whose rounds are known beforehand"};
  Subgraph condition, body;
  int64_t result = 0;

  std::vector<Subgraph*> regions() { return {&condition, &body}; }
  size_t first_input() const { return 0; }
  size_t first_capture() const;
  Attributes attributes() const;
  std::vector<Type> infer_all(Types in) const;  // while_c1, c2, c3
  Type infer(Types in) const;
  std::vector<Tensor> eval_all(Tensors in) const;
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const While&) const = default;
};

/// y = x for each operand: a hint to compilers not to move work across it. Adjoint: itself.
struct OptimizationBarrier {
  static constexpr OpInfo info{.name = "optimization_barrier",
                               .trick = Trick::linear,
                               .equation = "y_k = x_k",
                               .outside = "prove drops it, since its results are its operands"};
  int64_t result = 0;

  Attributes attributes() const;
  std::vector<Type> infer_all(Types in) const;  // optimization_barrier_c1
  Type infer(Types in) const;
  std::vector<Tensor> eval_all(Tensors in) const;
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const OptimizationBarrier&) const = default;
};

}  // namespace pullback
