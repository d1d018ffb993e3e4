#include "ir/ops/binary.h"

#include <cmath>
#include <limits>

#include "ir/builder.h"
#include "ir/ops/special.h"

namespace pullback {

namespace {

/// Two's complement arithmetic for integers: wraps, never overflows.
template <class T, class F>
T wrap(T x, T y, F f) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(f(static_cast<uint64_t>(x), static_cast<uint64_t>(y)));
  } else {
    return f(x, y);
  }
}

template <class T>
T apply(const Add&, T x, T y) {
  if constexpr (std::is_same_v<T, bool>) return x | y;
  return wrap(x, y, [](auto a, auto b) { return a + b; });
}
template <class T>
T apply(const Subtract&, T x, T y) {
  return wrap(x, y, [](auto a, auto b) { return a - b; });
}
template <class T>
T apply(const Multiply&, T x, T y) {
  if constexpr (std::is_same_v<T, bool>) return x & y;
  return wrap(x, y, [](auto a, auto b) { return a * b; });
}
template <class T>
T apply(const Divide&, T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    if (y == 0) return static_cast<T>(-1);
    if (x == std::numeric_limits<T>::min() && y == static_cast<T>(-1)) return x;
    return static_cast<T>(x / y);
  } else {
    return x / y;
  }
}
template <class T>
T apply(const Maximum&, T x, T y) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(x)) return x;
    if (std::isnan(y)) return y;
  }
  return x < y ? y : x;
}
template <class T>
T apply(const Minimum&, T x, T y) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(x)) return x;
    if (std::isnan(y)) return y;
  }
  return y < x ? y : x;
}
template <class T>
T apply(const Power&, T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    if (y < 0) return x == 1 ? T{1} : x == T(-1) ? ((y & 1) ? T(-1) : T{1}) : T{0};
    T result = 1;
    for (; y > 0; y = static_cast<T>(y >> 1)) {
      if (y & 1) result = apply(Multiply{}, result, x);
      x = apply(Multiply{}, x, x);
    }
    return result;
  } else {
    return std::pow(x, y);
  }
}
template <class T>
T apply(const And&, T x, T y) {
  return static_cast<T>(x & y);
}
template <class T>
T apply(const Or&, T x, T y) {
  return static_cast<T>(x | y);
}
template <class T>
T apply(const Xor&, T x, T y) {
  return static_cast<T>(x ^ y);
}
template <class T>
T apply(const Remainder&, T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    if (y == 0) return x;
    return y == static_cast<T>(-1) ? T{0} : static_cast<T>(x % y);
  } else {
    return std::fmod(x, y);
  }
}
template <class T>
T apply(const Atan2&, T x, T y) {
  return std::atan2(x, y);
}

template <class T>
T apply(const Polygamma&, T x, T y) {
  return static_cast<T>(polygamma(x, y));
}

template <class Self>
constexpr bool defined_on(ElementType element) {
  constexpr bool logical =
      std::is_same_v<Self, And> || std::is_same_v<Self, Or> || std::is_same_v<Self, Xor>;
  constexpr bool arithmetic = std::is_same_v<Self, Subtract> || std::is_same_v<Self, Divide> ||
                              std::is_same_v<Self, Power> || std::is_same_v<Self, Remainder>;
  if (logical) return !is_float(element);
  if (arithmetic) return element != ElementType::i1;
  if (std::is_same_v<Self, Atan2> || std::is_same_v<Self, Polygamma>)
    return element == ElementType::f32 || element == ElementType::f64;
  return true;
}

}  // namespace

template <class Self>
Type BinaryOp<Self>::infer(Types in) const {
  std::string name(Self::info.name);
  require_operands(in, 2);
  require(in[0] == in[1], name + "_c1", [&] {
    return "operands have different types: " + in[0].text() + " and " + in[1].text() +
           "; broadcast or convert one of them first";
  });
  require(defined_on<Self>(in[0].element), name + "_i1", [&] {
    return "is not defined for elements of type " + std::string(to_string(in[0].element));
  });
  return in[0];
}

template <class Self>
Tensor BinaryOp<Self>::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  dispatch(out.element, [&]<class T>() {
    if constexpr (defined_on<Self>(element_of<T>())) {
      auto x = in[0]->values<T>();
      auto y = in[1]->values<T>();
      auto z = result.values<T>();
      for (size_t i = 0; i < z.size(); ++i) {
        z[i] = apply(static_cast<const Self&>(*this), x[i], y[i]);
      }
    }
  });
  return result;
}

Values Add::vjp(Builder&, const VjpArgs& a) const { return {a.cotangent, a.cotangent}; }

Values Subtract::vjp(Builder& b, const VjpArgs& a) const {
  return {a.cotangent, a.needs[1] ? b.negate(a.cotangent) : Value{}};
}

Values Multiply::vjp(Builder& b, const VjpArgs& a) const {
  Value dx = a.needs[0] ? b.multiply(a.cotangent, a.operands[1]) : Value{};
  Value dy = a.needs[1] ? b.multiply(a.cotangent, a.operands[0]) : Value{};
  return {dx, dy};
}

Values Divide::vjp(Builder& b, const VjpArgs& a) const {
  // dx = ct / y,  dy = -(ct / y) · z
  Value dx = b.divide(a.cotangent, a.operands[1]);
  if (!a.needs[1]) return {dx, Value{}};
  Value product = b.multiply(dx, a.result);
  Value dy = b.negate(product);
  return {a.needs[0] ? dx : Value{}, dy};
}

namespace {

/// The cotangent goes to the second operand where `second` holds, else to the first.
Values route(Builder& b, const VjpArgs& a, Value second) {
  Value zero = b.constant(b.type(a.result), 0);
  Value dx = a.needs[0] ? b.select(second, zero, a.cotangent) : Value{};
  Value dy = a.needs[1] ? b.select(second, a.cotangent, zero) : Value{};
  return {dx, dy};
}

}  // namespace

Values Maximum::vjp(Builder& b, const VjpArgs& a) const {
  return route(b, a, b.compare(Direction::lt, a.operands[0], a.operands[1]));
}

Values Minimum::vjp(Builder& b, const VjpArgs& a) const {
  return route(b, a, b.compare(Direction::lt, a.operands[1], a.operands[0]));
}

Values Power::vjp(Builder& b, const VjpArgs& a) const {
  // dx = ct · y · x^(y-1),  dy = ct · z · ln(x)
  Value x = a.operands[0];
  Value y = a.operands[1];
  Value dx, dy;
  if (a.needs[0]) {
    Value one = b.constant(b.type(x), 1);
    Value less = b.subtract(y, one);
    Value power = b.power(x, less);
    Value slope = b.multiply(y, power);
    dx = b.multiply(a.cotangent, slope);
  }
  if (a.needs[1]) {
    Value log = b.log(x);
    Value slope = b.multiply(a.result, log);
    dy = b.multiply(a.cotangent, slope);
  }
  return {dx, dy};
}

Values And::vjp(Builder&, const VjpArgs&) const { return {Value{}, Value{}}; }
Values Or::vjp(Builder&, const VjpArgs&) const { return {Value{}, Value{}}; }
Values Xor::vjp(Builder&, const VjpArgs&) const { return {Value{}, Value{}}; }

Values Remainder::vjp(Builder& b, const VjpArgs& a) const {
  // dx = ct,  dy = -ct · trunc(x/y), where trunc(x/y) = (x - z) / y
  if (!a.needs[1]) return {a.cotangent, Value{}};
  Value whole = b.subtract(a.operands[0], a.result);
  Value times = b.divide(whole, a.operands[1]);
  Value product = b.multiply(a.cotangent, times);
  Value dy = b.negate(product);
  return {a.cotangent, dy};
}

Values Polygamma::vjp(Builder& b, const VjpArgs& a) const {
  // dy = ct · ψ^(x+1)(y)
  if (!a.needs[1]) return {Value{}, Value{}};
  Value one = b.constant(b.type(a.result), 1);
  Value next = b.add(a.operands[0], one);
  Value slope = b.emit(Polygamma{}, {next, a.operands[1]});
  return {Value{}, b.multiply(a.cotangent, slope)};
}

Values Atan2::vjp(Builder& b, const VjpArgs& a) const {
  // dx = ct · y / (x² + y²),  dy = -ct · x / (x² + y²)
  Value x = a.operands[0];
  Value y = a.operands[1];
  Value xx = b.multiply(x, x);
  Value yy = b.multiply(y, y);
  Value square = b.add(xx, yy);
  Value dx, dy;
  if (a.needs[0]) {
    Value slope = b.divide(y, square);
    dx = b.multiply(a.cotangent, slope);
  }
  if (a.needs[1]) {
    Value slope = b.divide(x, square);
    Value product = b.multiply(a.cotangent, slope);
    dy = b.negate(product);
  }
  return {dx, dy};
}

template struct BinaryOp<Add>;
template struct BinaryOp<Subtract>;
template struct BinaryOp<Multiply>;
template struct BinaryOp<Divide>;
template struct BinaryOp<Maximum>;
template struct BinaryOp<Minimum>;
template struct BinaryOp<Power>;
template struct BinaryOp<And>;
template struct BinaryOp<Or>;
template struct BinaryOp<Xor>;
template struct BinaryOp<Remainder>;
template struct BinaryOp<Atan2>;
template struct BinaryOp<Polygamma>;

}  // namespace pullback
