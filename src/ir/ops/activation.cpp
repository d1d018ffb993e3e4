#include "ir/ops/activation.h"

#include "ir/builder.h"

namespace pullback {

namespace {

/// Makes the names of inner instructions; none if the composite has none.
struct Inner {
  std::string name;
  std::string operator()(const char* suffix) const {
    return name.empty() ? "" : name + "$" + suffix;
  }
};

/// Φ(x) = erfc(-x/√2)/2, which does not cancel where x is far below 0 as 1 + erf(x/√2) does.
struct NormalCdf {
  Value scaled;  ///< x/√2
  Value cdf;
};
NormalCdf normal_cdf(Builder& b, Value x, const Inner& inner) {
  const Type type = b.type(x);
  Value two = b.constant(type.with(Shape{}), 2, inner("two"));
  Value rsqrt = b.emit(Rsqrt{}, {two}, inner("rsqrt"));
  Value rsqrts = b.broadcast(rsqrt, type.shape, {}, inner("rsqrts"));
  Value scaled = b.multiply(x, rsqrts, inner("scaled"));
  Value opposite = b.negate(scaled, inner("opposite"));
  Value erfc = b.emit(Erfc{}, {opposite}, inner("erfc"));
  Value half = b.constant(type, Decimal(5, -1), inner("half"));
  return {scaled, b.multiply(half, erfc, inner("cdf"))};
}

/// exp(-u²)/√(2π) with u = x/√2, where 2π = 8 atan2(1, 1): no decimal number is it.
Value normal_density(Builder& b, Value scaled) {
  const Type type = b.type(scaled);
  Value square = b.multiply(scaled, scaled);
  Value minus = b.negate(square);
  Value gauss = b.exponential(minus);
  Value one = b.constant(type.with(Shape{}), 1);
  Value quarter = b.emit(Atan2{}, {one, one});
  Value eight = b.constant(type.with(Shape{}), 8);
  Value circle = b.multiply(eight, quarter);
  Value factor = b.emit(Rsqrt{}, {circle});
  Value factors = b.broadcast(factor, type.shape, {});
  return b.multiply(factors, gauss);
}

/// (1 + tanh u)/2 = logistic(2u), without its cancellation; u = c (x + 0.044715 x³).
struct Gate {
  Value square;  ///< x²
  Value scale;   ///< 2c
  Value gate;
};
Gate tanh_gate(Builder& b, Value x, const Inner& inner) {
  const Type type = b.type(x);
  Value square = b.multiply(x, x, inner("square"));
  Value cube = b.multiply(square, x, inner("cube"));
  Value bend = b.constant(type, Decimal(44715, -6), inner("bend"));
  Value cubic = b.multiply(bend, cube, inner("cubic"));
  Value bent = b.add(x, cubic, inner("bent"));
  Value scale = b.constant(type, Decimal(15957691216057308, -16), inner("scale"));
  Value argument = b.multiply(scale, bent, inner("argument"));
  return {square, scale, b.emit(Logistic{}, {argument}, inner("gate"))};
}

}  // namespace

Value lower(Builder& b, const Swish&, Value x, const std::string& name) {
  Value gate = b.emit(Logistic{}, {x}, Inner{name}("gate"));
  return b.multiply(x, gate, name);
}
Value lower(Builder& b, const Gelu&, Value x, const std::string& name) {
  NormalCdf normal = normal_cdf(b, x, Inner{name});
  return b.multiply(x, normal.cdf, name);
}
Value lower(Builder& b, const GeluTanh&, Value x, const std::string& name) {
  Gate gate = tanh_gate(b, x, Inner{name});
  return b.multiply(x, gate.gate, name);
}

Values Swish::vjp(Builder& b, const VjpArgs& a) const {
  // p + y (1 - p), with p = logistic(x)
  Value gate = b.emit(Logistic{}, {a.operands[0]});
  Value one = b.constant(b.type(a.result), 1);
  Value rest = b.subtract(one, gate);
  Value bend = b.multiply(a.result, rest);
  Value slope = b.add(gate, bend);
  return {b.multiply(a.cotangent, slope)};
}

Values Gelu::vjp(Builder& b, const VjpArgs& a) const {
  // Φ(x) + x φ(x)
  Value x = a.operands[0];
  NormalCdf normal = normal_cdf(b, x, Inner{});
  Value density = normal_density(b, normal.scaled);
  Value bend = b.multiply(x, density);
  Value slope = b.add(normal.cdf, bend);
  return {b.multiply(a.cotangent, slope)};
}

Values GeluTanh::vjp(Builder& b, const VjpArgs& a) const {
  // p + y (1 - p) 2c (1 + 3 · 0.044715 x²), with p = logistic(2c (x + 0.044715 x³))
  const Type type = b.type(a.result);
  Gate gate = tanh_gate(b, a.operands[0], Inner{});
  Value one = b.constant(type, 1);
  Value rest = b.subtract(one, gate.gate);
  Value bend = b.multiply(a.result, rest);
  Value three = b.constant(type, Decimal(134145, -6));
  Value square = b.multiply(three, gate.square);
  Value steepness = b.add(one, square);
  Value inner = b.multiply(gate.scale, steepness);
  Value share = b.multiply(bend, inner);
  Value slope = b.add(gate.gate, share);
  return {b.multiply(a.cotangent, slope)};
}

}  // namespace pullback
