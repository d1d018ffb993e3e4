#include "tests/proofs/certified.h"

#include <algorithm>

#include "print/coq.h"

namespace pullback::test {

namespace {

/// Whether a maximum is over no elements: of ones it is then not 1.
bool largest_of_nothing(const Op& op, const Type& operand) {
  Tensor ones(operand.with(ElementType::i1));
  for (int64_t i = 0; i < ones.count(); ++i) ones.set(i, 1);
  std::vector<const Tensor*> in = {&ones};
  std::vector<Type> types = {ones.type()};
  Tensor result = eval(op, in, infer(op, types));
  for (int64_t i = 0; i < result.count(); ++i) {
    if (result.at(i) == 0) return true;
  }
  return false;
}

struct Certified {
  Types in;
  ElementType element() const { return in.empty() ? ElementType::f32 : in[0].element; }
  bool booleans() const { return element() == ElementType::i1; }
  bool integers() const { return element() == ElementType::i32; }

  bool operator()(const Not&) const { return !integers(); }
  bool operator()(const And&) const { return !integers(); }
  bool operator()(const Or&) const { return !integers(); }
  bool operator()(const Xor&) const { return !integers(); }
  bool operator()(const Remainder&) const { return !integers(); }
  bool operator()(const Divide&) const { return !integers(); }
  bool operator()(const Power&) const { return !integers(); }
  bool operator()(const Add&) const { return !booleans(); }
  bool operator()(const Multiply&) const { return !booleans(); }
  bool operator()(const DotGeneral&) const { return !booleans(); }
  bool operator()(const Convolution&) const { return !booleans(); }
  bool operator()(const Convert& op) const {
    return op.to != ElementType::i32 || !is_float(element());
  }
  bool operator()(const Scatter& op) const {
    return op.update == ScatterUpdate::replace || !booleans();
  }
  bool operator()(const Reduce& op) const {
    return op.kind == Reduction::add ? !booleans() : !largest_of_nothing(op, in[0]);
  }
  bool operator()(const ReduceWindow& op) const {
    return op.kind == Reduction::add ? !booleans() : !largest_of_nothing(op, in[0]);
  }
  bool operator()(const SelectAndScatter& op) const {
    return !booleans() && !largest_of_nothing(ReduceWindow{Reduction::max, op.window}, in[0]);
  }
  bool operator()(const Softmax& op) const { return in[0].shape[size_t(op.dimension)] > 0; }
  bool operator()(const LogSoftmax& op) const { return in[0].shape[size_t(op.dimension)] > 0; }
  bool operator()(const SoftmaxCrossEntropy&) const { return in[0].shape[1] > 0; }
  template <class Other>
  bool operator()(const Other&) const {
    return Other::info.outside.empty();
  }
};

}  // namespace

bool certified(const Op& op, Types operands) {
  using enum ElementType;
  auto outside = [](ElementType e) { return e != f32 && e != f64 && e != i32 && e != i1; };
  Type result = infer(op, operands);
  bool any = outside(result.element);
  for (const Type& type : operands) any = any || outside(type.element);
  return !any && std::visit(Certified{operands}, op);
}

bool in_coq(const Op& op, Types types) {
  if (!info_of(op).outside.empty()) return false;
  try {
    coq_op(op);  // its attributes may name a type
  } catch (const Error&) {
    return false;
  }
  return std::all_of(types.begin(), types.end(), [](const Type& t) {
    using enum ElementType;
    return t.element == f32 || t.element == f64 || t.element == i32 || t.element == i1;
  });
}

}  // namespace pullback::test
