#include "ir/ops/create.h"

#include "ir/builder.h"

namespace pullback {

Attributes Constant::attributes() const { return {{"type", type}, {"value", values}}; }

Type Constant::infer(Types in) const {
  require_operands(in, 0);
  int64_t count = type.count();
  require(is_splat() || static_cast<int64_t>(values.size()) == count, "constant_c1", [&] {
    return "has " + std::to_string(values.size()) + " values for the type " + type.text();
  });
  if (is_float(type.element)) return type;
  for (const Decimal& value : values) {
    require(value.kind == Decimal::Kind::finite && value.exponent >= 0, "constant_c1",
            [&] { return "a value that is not a whole number cannot be of type " + type.text(); });
  }
  return type;
}

Tensor Constant::eval(Tensors, const Type& out) const {
  Tensor result(out);
  int64_t count = out.count();
  double splat = 0;
  for (int64_t i = 0; i < count; ++i) {
    // One rounding, straight to the element type.
    if (i == 0 || !is_splat()) {
      const Decimal& value = values[static_cast<size_t>(i)];
      splat = out.element == ElementType::f32 ? value.to_float() : value.to_double();
    }
    result.set(i, splat);
  }
  return result;
}

Values Constant::vjp(Builder&, const VjpArgs&) const { return {}; }

Attributes Iota::attributes() const { return {{"type", type}, {"iota_dimension", dimension}}; }

Type Iota::infer(Types in) const {
  require_operands(in, 0);
  require(dimension >= 0 && dimension < type.rank(), "iota_c1", [&] {
    return "dimension " + std::to_string(dimension) + " is not an axis of " + type.text();
  });
  require(type.element != ElementType::i1, "iota_i1", "is not defined for elements of type i1");
  return type;
}

Tensor Iota::eval(Tensors, const Type& out) const {
  Tensor result(out);
  int64_t stride = strides_of(out.shape)[static_cast<size_t>(dimension)];
  int64_t extent = out.shape[static_cast<size_t>(dimension)];
  int64_t count = out.count();
  for (int64_t i = 0; i < count; ++i) result.set(i, static_cast<double>(i / stride % extent));
  return result;
}

Values Iota::vjp(Builder&, const VjpArgs&) const { return {}; }

}  // namespace pullback
