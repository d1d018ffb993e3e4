#pragma once

#include "ir/ops/op.h"

/// Ops across the replicas of a program: copies that run together, each on its own device with its
/// own arguments (StableHLO's cross-replica mode, with one group of all of them).
namespace pullback {

/// result[i] = Σ operand_r[i] over the replicas r, the same for all of them. Adjoint: each
/// replica's operand reaches every replica's result, so its cotangent is the sum of theirs
/// (additive fan-in across devices): all_reduce again.
struct AllReduce {
  static constexpr OpInfo info{
      .name = "all_reduce",
      .trick = Trick::linear,
      .equation = "y[i] = Σ x_r[i] over the replicas r",
      .composite = false,
      .outside =
          "it adds over the copies of a program, and a certificate speaks of one; `prove` "
          "certifies the step of one copy, whose gradients it adds"};
  int64_t replicas = 1;

  Attributes attributes() const;
  Type infer(Types in) const;  // all_reduce_c2, c7
  /// Of one replica, the operand. Throws Error for more: see interp/replicas.h.
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const AllReduce&) const = default;
};

}  // namespace pullback
