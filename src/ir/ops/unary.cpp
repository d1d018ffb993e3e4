#include "ir/ops/unary.h"

#include <cmath>

#include "ir/ops/activation.h"
#include "ir/ops/special.h"

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

template <class T>
T apply(const ExponentialMinusOne&, T x) {
  return std::expm1(x);
}
template <class T>
T apply(const LogPlusOne&, T x) {
  return std::log1p(x);
}
template <class T>
T apply(const Cbrt&, T x) {
  return std::cbrt(x);
}
template <class T>
T apply(const Tan&, T x) {
  return std::tan(x);
}
template <class T>
T apply(const Floor&, T x) {
  return std::floor(x);
}
template <class T>
T apply(const Ceil&, T x) {
  return std::ceil(x);
}
template <class T>
T apply(const RoundNearestAfz&, T x) {
  return std::round(x);
}
template <class T>
T apply(const RoundNearestEven&, T x) {
  return std::nearbyint(x);
}
template <class T>
T apply(const Sign&, T x) {
  return x < 0 ? T(-1) : x > 0 ? T(1) : x;
}
template <class T>
T apply(const Erf&, T x) {
  return std::erf(x);
}
template <class T>
T apply(const Erfc&, T x) {
  return std::erfc(x);
}
template <class T>
T apply(const Atan&, T x) {
  return std::atan(x);
}
template <class T>
T apply(const Asin&, T x) {
  return std::asin(x);
}
template <class T>
T apply(const Acos&, T x) {
  return std::acos(x);
}
template <class T>
T apply(const Sinh&, T x) {
  return std::sinh(x);
}
template <class T>
T apply(const Cosh&, T x) {
  return std::cosh(x);
}
template <class T>
T apply(const Asinh&, T x) {
  return std::asinh(x);
}
template <class T>
T apply(const Acosh&, T x) {
  return std::acosh(x);
}
template <class T>
T apply(const Atanh&, T x) {
  return std::atanh(x);
}

template <class T>
T apply(const ErfInv&, T x) {
  return static_cast<T>(inverse_error_function(x));
}
template <class T>
T apply(const Lgamma&, T x) {
  return static_cast<T>(log_gamma(x));
}
template <class T>
T apply(const Digamma&, T x) {
  return static_cast<T>(digamma(x));
}

template <class T>
T apply(const Swish&, T x) {
  return x / (T{1} + std::exp(-x));
}
template <class T>
T apply(const Gelu&, T x) {
  return x * (std::erfc(-x / std::sqrt(T{2})) / 2);
}
template <class T>
T apply(const GeluTanh&, T x) {
  T twice = static_cast<T>(1.5957691216057308) * (x + static_cast<T>(0.044715) * (x * x * x));
  return x / (T{1} + std::exp(-twice));
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
template struct UnaryOp<ExponentialMinusOne>;
template struct UnaryOp<LogPlusOne>;
template struct UnaryOp<Cbrt>;
template struct UnaryOp<Tan>;
template struct UnaryOp<Floor>;
template struct UnaryOp<Ceil>;
template struct UnaryOp<RoundNearestAfz>;
template struct UnaryOp<RoundNearestEven>;
template struct UnaryOp<Sign>;
template struct UnaryOp<Erf>;
template struct UnaryOp<Erfc>;
template struct UnaryOp<Atan>;
template struct UnaryOp<Asin>;
template struct UnaryOp<Acos>;
template struct UnaryOp<Sinh>;
template struct UnaryOp<Cosh>;
template struct UnaryOp<Asinh>;
template struct UnaryOp<Acosh>;
template struct UnaryOp<Atanh>;
template struct UnaryOp<ErfInv>;
template struct UnaryOp<Lgamma>;
template struct UnaryOp<Digamma>;
template struct UnaryOp<Swish>;
template struct UnaryOp<Gelu>;
template struct UnaryOp<GeluTanh>;

}  // namespace pullback
