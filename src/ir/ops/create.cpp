#include "ir/ops/create.h"

#include <algorithm>
#include <limits>

#include "ir/builder.h"

namespace pullback {

namespace {

/// The element nearest to `value`; integers must fit.
template <class T>
T value_of(const Decimal& value) {
  if constexpr (std::is_same_v<T, float>) return value.to_float();
  if constexpr (std::is_unsigned_v<T>) return static_cast<T>(value.to_unsigned());
  if constexpr (std::is_integral_v<T>) return static_cast<T>(value.to_integer());
  return T(value.to_double());
}

bool fits(const Decimal& value, ElementType element) {
  if (value.kind != Decimal::Kind::finite && value.kind != Decimal::Kind::large) return false;
  return dispatch(element, [&]<class T>() {
    try {
      if constexpr (std::is_unsigned_v<T>) {
        return value.to_unsigned() <= std::numeric_limits<T>::max();
      } else {
        int64_t whole = value.to_integer();
        return whole >= static_cast<int64_t>(std::numeric_limits<T>::lowest()) &&
               whole <= static_cast<int64_t>(std::numeric_limits<T>::max());
      }
    } catch (const Error&) {
      return false;
    }
  });
}

}  // namespace

Attributes Constant::attributes() const { return {{"type", type}, {"value", values}}; }

Type Constant::infer(Types in) const {
  require_operands(in, 0);
  int64_t count = type.count();
  require(is_splat() || static_cast<int64_t>(values.size()) == count, "constant_c1", [&] {
    return "has " + std::to_string(values.size()) + " values for the type " + type.text();
  });
  for (const Decimal& value : values) {
    require(is_float(type.element) || fits(value, type.element), "constant_c1", [&] {
      return value.text() + " is not a whole number in the range of " +
             std::string(to_string(type.element));
    });
  }
  return type;
}

Tensor Constant::eval(Tensors, const Type& out) const {
  Tensor result(out);
  dispatch_storage(out.element, [&]<class T>() {
    auto y = result.values<T>();
    if (is_splat()) {
      std::fill(y.begin(), y.end(), value_of<T>(values[0]));
    } else {
      std::transform(values.begin(), values.end(), y.begin(), value_of<T>);
    }
  });
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
