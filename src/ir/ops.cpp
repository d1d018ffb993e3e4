#include "ir/ops.h"

namespace pullback {

namespace {

/// Ops that name an element type read and write any by themselves, with one rounding.
template <class T>
concept NamesElementType = requires(const T& op) {
  op.type;
}
|| requires(const T& op) { op.to; };

ElementType widened(ElementType element) {
  return is_small_float(element) ? ElementType::f32 : element;
}

}  // namespace

Tensor eval(const Op& op, Tensors in, const Type& out) {
  bool wide = !is_small_float(out.element);
  for (const Tensor* t : in) wide = wide && !is_small_float(t->element());
  return std::visit(
      [&]<class T>(const T& o) {
        if (wide || NamesElementType<T>) return o.eval(in, out);
        std::vector<Tensor> operands;
        for (const Tensor* t : in) operands.push_back(t->convert(widened(t->element())));
        std::vector<const Tensor*> pointers;
        for (const Tensor& t : operands) pointers.push_back(&t);
        return o.eval(pointers, out.with(widened(out.element))).convert(out.element);
      },
      op);
}

}  // namespace pullback
