#include "ir/ops/collective.h"

#include "ir/builder.h"

namespace pullback {

Attributes AllReduce::attributes() const { return {{"replicas", replicas}}; }

Type AllReduce::infer(Types in) const {
  require_operands(in, 1);
  require(replicas >= 1, "all_reduce_c2",
          [&] { return "there are " + std::to_string(replicas) + " replicas, not at least one"; });
  return in[0];  // all_reduce_c7
}

Tensor AllReduce::eval(Tensors in, const Type&) const {
  if (replicas == 1) return *in[0];
  throw Error("an all_reduce over " + std::to_string(replicas) +
              " replicas needs them all: run it with --replicas " + std::to_string(replicas));
}

Values AllReduce::vjp(Builder& b, const VjpArgs& a) const { return {b.emit(*this, {a.cotangent})}; }

}  // namespace pullback
