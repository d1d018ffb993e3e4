#pragma once

#include <variant>

#include "ir/ops/batch_norm.h"
#include "ir/ops/binary.h"
#include "ir/ops/compare.h"
#include "ir/ops/convolution.h"
#include "ir/ops/create.h"
#include "ir/ops/dot.h"
#include "ir/ops/dynamic.h"
#include "ir/ops/indexing.h"
#include "ir/ops/op.h"
#include "ir/ops/reduce.h"
#include "ir/ops/shape.h"
#include "ir/ops/slice.h"
#include "ir/ops/softmax.h"
#include "ir/ops/unary.h"
#include "ir/ops/window.h"

namespace pullback {

/// Every op there is, in families; a new op is a struct in ir/ops/ and a line here.
using Op = std::variant<
    // unary.h
    Abs, Negate, Exponential, Log, Logistic, Tanh, Sqrt, Rsqrt, Sine, Cosine, Not,
    // binary.h
    Add, Subtract, Multiply, Divide, Maximum, Minimum, Power, And, Or,
    // compare.h
    Compare, Select, Convert,
    // create.h
    Constant, Iota,
    // shape.h
    BroadcastInDim, Reshape, Transpose, Reverse,
    // slice.h
    Slice, Pad, Concatenate,
    // dynamic.h
    DynamicSlice, DynamicUpdateSlice,
    // indexing.h
    Gather, Scatter,
    // reduce.h, dot.h, convolution.h, window.h
    Reduce, DotGeneral, Convolution, ReduceWindow, SelectAndScatter,
    // softmax.h: composites
    Softmax, LogSoftmax, SoftmaxCrossEntropy,
    // batch_norm.h: composite
    BatchNormTraining>;

namespace internal {
template <class Variant>
struct AllOps;
template <class... Ops>
struct AllOps<std::variant<Ops...>> {
  static_assert((IsOp<Ops> && ...), "an op lacks one of its rules: see IsOp in ir/ops/op.h");
  static std::vector<OpInfo> infos() { return {Ops::info...}; }
};
}  // namespace internal

/// The infos of all ops, in the variant's order.
inline std::vector<OpInfo> all_ops() { return internal::AllOps<Op>::infos(); }

inline const OpInfo& info_of(const Op& op) {
  return std::visit([](const auto& o) -> const OpInfo& { return o.info; }, op);
}
inline Attributes attributes_of(const Op& op) {
  return std::visit([](const auto& o) { return o.attributes(); }, op);
}
inline Type infer(const Op& op, Types in) {
  return std::visit([&](const auto& o) { return o.infer(in); }, op);
}
inline Tensor eval(const Op& op, Tensors in, const Type& out) {
  return std::visit([&](const auto& o) { return o.eval(in, out); }, op);
}
inline Values vjp(const Op& op, Builder& builder, const VjpArgs& args) {
  return std::visit([&](const auto& o) { return o.vjp(builder, args); }, op);
}

}  // namespace pullback
