#include "ir/ops/unary.h"

#include <cmath>

#include "ir/builder.h"

namespace pullback {

namespace {

template <class T>
T apply(const Abs&, T x) {
  if constexpr (std::is_integral_v<T>)
    return x < 0 ? static_cast<T>(0 - static_cast<uint64_t>(x)) : x;
  return std::abs(x);
}
template <class T>
T apply(const Negate&, T x) {
  if constexpr (std::is_integral_v<T>) return static_cast<T>(0 - static_cast<uint64_t>(x));
  return -x;
}
template <class T>
T apply(const Exponential&, T x) {
  return std::exp(x);
}
template <class T>
T apply(const Log&, T x) {
  return std::log(x);
}
template <class T>
T apply(const Logistic&, T x) {
  return T{1} / (T{1} + std::exp(-x));
}
template <class T>
T apply(const Tanh&, T x) {
  return std::tanh(x);
}
template <class T>
T apply(const Sqrt&, T x) {
  return std::sqrt(x);
}
template <class T>
T apply(const Rsqrt&, T x) {
  return T{1} / std::sqrt(x);
}
template <class T>
T apply(const Sine&, T x) {
  return std::sin(x);
}
template <class T>
T apply(const Cosine&, T x) {
  return std::cos(x);
}
template <class T>
T apply(const Not&, T x) {
  if constexpr (std::is_same_v<T, bool>)
    return !x;
  else
    return static_cast<T>(~x);
}

constexpr bool in_domain(Domain domain, ElementType element) {
  switch (domain) {
    case Domain::floats:
      return is_float(element);
    case Domain::signed_numbers:
      return is_float(element) || is_signed(element);
    case Domain::numbers:
      return element != ElementType::i1;
    case Domain::integers:
      return !is_float(element);
  }
  return false;
}

}  // namespace

template <class Self>
Type UnaryOp<Self>::infer(Types in) const {
  require_operands(in, 1);
  require(in_domain(Self::domain, in[0].element), std::string(Self::info.name) + "_i1", [&] {
    return "is not defined for elements of type " + std::string(to_string(in[0].element));
  });
  return in[0];
}

template <class Self>
Tensor UnaryOp<Self>::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  dispatch(out.element, [&]<class T>() {
    if constexpr (in_domain(Self::domain, element_of<T>())) {
      auto x = in[0]->values<T>();
      auto y = result.values<T>();
      for (size_t i = 0; i < y.size(); ++i) y[i] = apply(static_cast<const Self&>(*this), x[i]);
    }
  });
  return result;
}

Values Abs::vjp(Builder& b, const VjpArgs& a) const {
  // sign(x) · ct, with 0 at 0
  Value x = a.operands[0];
  Value zero = b.constant(b.type(x), 0);
  Value negative = b.compare(Direction::lt, x, zero);
  Value positive = b.compare(Direction::lt, zero, x);
  Value minus = b.negate(a.cotangent);
  Value upper = b.select(positive, a.cotangent, zero);
  return {b.select(negative, minus, upper)};
}
Values Negate::vjp(Builder& b, const VjpArgs& a) const { return {b.negate(a.cotangent)}; }
Values Exponential::vjp(Builder& b, const VjpArgs& a) const {
  return {b.multiply(a.cotangent, a.result)};
}
Values Log::vjp(Builder& b, const VjpArgs& a) const {
  return {b.divide(a.cotangent, a.operands[0])};
}
Values Logistic::vjp(Builder& b, const VjpArgs& a) const {
  // y (1 - y)
  Value one = b.constant(b.type(a.result), 1);
  Value rest = b.subtract(one, a.result);
  Value slope = b.multiply(a.result, rest);
  return {b.multiply(a.cotangent, slope)};
}
Values Tanh::vjp(Builder& b, const VjpArgs& a) const {
  // 1 - y²
  Value square = b.multiply(a.result, a.result);
  Value one = b.constant(b.type(a.result), 1);
  Value slope = b.subtract(one, square);
  return {b.multiply(a.cotangent, slope)};
}
Values Sqrt::vjp(Builder& b, const VjpArgs& a) const {
  // 1 / (2y)
  Value twice = b.add(a.result, a.result);
  return {b.divide(a.cotangent, twice)};
}
Values Rsqrt::vjp(Builder& b, const VjpArgs& a) const {
  // -½ y / x
  Value ratio = b.divide(a.result, a.operands[0]);
  Value half = b.constant(b.type(a.result), Decimal(-5, -1));
  Value slope = b.multiply(half, ratio);
  return {b.multiply(a.cotangent, slope)};
}
Values Sine::vjp(Builder& b, const VjpArgs& a) const {
  Value slope = b.cosine(a.operands[0]);
  return {b.multiply(a.cotangent, slope)};
}
Values Cosine::vjp(Builder& b, const VjpArgs& a) const {
  Value sine = b.sine(a.operands[0]);
  Value slope = b.negate(sine);
  return {b.multiply(a.cotangent, slope)};
}
Values Not::vjp(Builder&, const VjpArgs&) const { return {Value{}}; }

template struct UnaryOp<Abs>;
template struct UnaryOp<Negate>;
template struct UnaryOp<Exponential>;
template struct UnaryOp<Log>;
template struct UnaryOp<Logistic>;
template struct UnaryOp<Tanh>;
template struct UnaryOp<Sqrt>;
template struct UnaryOp<Rsqrt>;
template struct UnaryOp<Sine>;
template struct UnaryOp<Cosine>;
template struct UnaryOp<Not>;

}  // namespace pullback
