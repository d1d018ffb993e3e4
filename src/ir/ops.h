#pragma once

#include <variant>

#include "ir/ops/activation.h"
#include "ir/ops/batch_norm.h"
#include "ir/ops/binary.h"
#include "ir/ops/clamp.h"
#include "ir/ops/collective.h"
#include "ir/ops/compare.h"
#include "ir/ops/control.h"
#include "ir/ops/convolution.h"
#include "ir/ops/create.h"
#include "ir/ops/dot.h"
#include "ir/ops/dynamic.h"
#include "ir/ops/indexing.h"
#include "ir/ops/op.h"
#include "ir/ops/reduce.h"
#include "ir/ops/rng.h"
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
    ExponentialMinusOne, LogPlusOne, Cbrt, Tan, Floor, Ceil, RoundNearestAfz, RoundNearestEven,
    Sign, Erf, Erfc, Atan, Asin, Acos, Sinh, Cosh, Asinh, Acosh, Atanh, ErfInv, Lgamma, Digamma,
    // activation.h: composites
    Swish, Gelu, GeluTanh,
    // binary.h
    Add, Subtract, Multiply, Divide, Maximum, Minimum, Power, And, Or, Xor, Remainder, Atan2,
    Polygamma,
    // compare.h
    Compare, Select, Convert, BitcastConvert, IsFinite,
    // clamp.h
    Clamp,
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
    // collective.h
    AllReduce,
    // softmax.h: composites
    Softmax, LogSoftmax, SoftmaxCrossEntropy,
    // batch_norm.h: composite
    BatchNormTraining,
    // control.h
    If, Case, While, OptimizationBarrier,
    // rng.h
    RngBitGenerator>;

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
/// The reference semantics. An op of f16 or bf16 is computed in f32 from its operands' values and
/// rounded to the result's type.
Tensor eval(const Op& op, Tensors in, const Type& out);
inline Values vjp(const Op& op, Builder& builder, const VjpArgs& args) {
  return std::visit([&](const auto& o) { return o.vjp(builder, args); }, op);
}

/// The types of all results of the StableHLO op that `op` is a result of.
std::vector<Type> infer_all(const Op& op, Types in);
/// Their values. An op of several results computes them together.
std::vector<Tensor> eval_all(const Op& op, Tensors in, const Type& out);
/// Which of them `op` is: 0 where there is but one.
int64_t result_index(const Op& op);
/// `op` as result number `index` of the same StableHLO op, if that can have several.
Op with_result(Op op, int64_t index);
bool has_results(const Op& op);

/// The programs in `op`, as HasRegions says; none in most.
std::vector<const Subgraph*> regions_of(const Op& op);
std::vector<Subgraph*> regions_of(Op& op);
/// The operand that is argument 0 of the programs in `op`, and its first operand that is a value
/// of the outer program.
size_t first_input(const Op& op);
size_t first_capture(const Op& op);

}  // namespace pullback
