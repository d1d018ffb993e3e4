#include "ir/ops.h"

#include "base/check.h"

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
        if (wide || NamesElementType<T> || HasResults<T>) return o.eval(in, out);
        std::vector<Tensor> operands;
        for (const Tensor* t : in) operands.push_back(t->convert(widened(t->element())));
        std::vector<const Tensor*> pointers;
        for (const Tensor& t : operands) pointers.push_back(&t);
        return o.eval(pointers, out.with(widened(out.element))).convert(out.element);
      },
      op);
}

std::vector<Type> infer_all(const Op& op, Types in) {
  return std::visit(
      [&]<class T>(const T& o) -> std::vector<Type> {
        if constexpr (HasResults<T>) return o.infer_all(in);
        return {o.infer(in)};
      },
      op);
}

std::vector<Tensor> eval_all(const Op& op, Tensors in, const Type& out) {
  return std::visit(
      [&]<class T>(const T& o) -> std::vector<Tensor> {
        if constexpr (HasResults<T>) return o.eval_all(in);
        std::vector<Tensor> results;
        results.push_back(o.eval(in, out));
        return results;
      },
      op);
}

int64_t result_index(const Op& op) {
  return std::visit(
      []<class T>(const T& o) -> int64_t {
        if constexpr (HasResults<T>) return o.result;
        return 0;
      },
      op);
}

bool has_results(const Op& op) {
  return std::visit([]<class T>(const T&) { return HasResults<T>; }, op);
}

Op with_result(Op op, int64_t index) {
  std::visit(
      [&]<class T>(T& o) {
        if constexpr (HasResults<T>)
          o.result = index;
        else
          PULLBACK_CHECK(index == 0, std::string(o.info.name));
      },
      op);
  return op;
}

std::vector<Subgraph*> regions_of(Op& op) {
  return std::visit(
      []<class T>(T& o) -> std::vector<Subgraph*> {
        if constexpr (HasRegions<T>) return o.regions();
        return {};
      },
      op);
}

std::vector<const Subgraph*> regions_of(const Op& op) {
  std::vector<Subgraph*> found = regions_of(const_cast<Op&>(op));
  return {found.begin(), found.end()};
}

size_t first_input(const Op& op) {
  return std::visit(
      []<class T>(const T& o) -> size_t {
        if constexpr (HasRegions<T>) return o.first_input();
        return 0;
      },
      op);
}

size_t first_capture(const Op& op) {
  return std::visit(
      []<class T>(const T& o) -> size_t {
        if constexpr (HasRegions<T>) return o.first_capture();
        return 0;
      },
      op);
}

}  // namespace pullback
