#include "ir/builder.h"
#include "ir/ops/binary.h"
#include "ir/ops/unary.h"

/// Backward templates: the cotangent times the slope, written with the fewest instructions.
namespace pullback {

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

Values ExponentialMinusOne::vjp(Builder& b, const VjpArgs& a) const {
  // y + 1
  Value one = b.constant(b.type(a.result), 1);
  Value slope = b.add(a.result, one);
  return {b.multiply(a.cotangent, slope)};
}
Values LogPlusOne::vjp(Builder& b, const VjpArgs& a) const {
  Value one = b.constant(b.type(a.result), 1);
  Value moved = b.add(one, a.operands[0]);
  return {b.divide(a.cotangent, moved)};
}
Values Cbrt::vjp(Builder& b, const VjpArgs& a) const {
  // 1 / (3y²)
  Value square = b.multiply(a.result, a.result);
  Value three = b.constant(b.type(a.result), 3);
  Value steepness = b.multiply(three, square);
  return {b.divide(a.cotangent, steepness)};
}
Values Tan::vjp(Builder& b, const VjpArgs& a) const {
  // 1 + y²
  Value square = b.multiply(a.result, a.result);
  Value one = b.constant(b.type(a.result), 1);
  Value slope = b.add(one, square);
  return {b.multiply(a.cotangent, slope)};
}
Values Floor::vjp(Builder&, const VjpArgs&) const { return {Value{}}; }
Values Ceil::vjp(Builder&, const VjpArgs&) const { return {Value{}}; }
Values RoundNearestAfz::vjp(Builder&, const VjpArgs&) const { return {Value{}}; }
Values RoundNearestEven::vjp(Builder&, const VjpArgs&) const { return {Value{}}; }
Values Sign::vjp(Builder&, const VjpArgs&) const { return {Value{}}; }

namespace {

/// ct · 2/√π exp(-x²), where 2/√π = (π/4)^(-1/2) and π/4 = atan2(1, 1): no decimal number is it.
Value times_gauss(Builder& b, const VjpArgs& a) {
  Value x = a.operands[0];
  Value one = b.constant(b.type(x).with(Shape{}), 1);
  Value quarter = b.emit(Atan2{}, {one, one});
  Value factor = b.emit(Rsqrt{}, {quarter});
  Value factors = b.broadcast(factor, b.shape(x), {});
  Value square = b.multiply(x, x);
  Value minus = b.negate(square);
  Value gauss = b.exponential(minus);
  Value slope = b.multiply(factors, gauss);
  return b.multiply(a.cotangent, slope);
}
/// (1 - x) (1 + x), which is 1 - x² without its cancellation.
Value one_minus_square(Builder& b, Value x) {
  Value one = b.constant(b.type(x), 1);
  Value less = b.subtract(one, x);
  Value more = b.add(one, x);
  return b.multiply(less, more);
}

}  // namespace

Values Erf::vjp(Builder& b, const VjpArgs& a) const { return {times_gauss(b, a)}; }
Values Erfc::vjp(Builder& b, const VjpArgs& a) const {
  Value opposite = times_gauss(b, a);
  return {b.negate(opposite)};
}
Values Atan::vjp(Builder& b, const VjpArgs& a) const {
  // 1 / (1 + x²)
  Value square = b.multiply(a.operands[0], a.operands[0]);
  Value one = b.constant(b.type(a.result), 1);
  Value steepness = b.add(one, square);
  return {b.divide(a.cotangent, steepness)};
}
Values Asin::vjp(Builder& b, const VjpArgs& a) const {
  // (1 - x²)^(-1/2)
  Value rest = one_minus_square(b, a.operands[0]);
  Value slope = b.emit(Rsqrt{}, {rest});
  return {b.multiply(a.cotangent, slope)};
}
Values Acos::vjp(Builder& b, const VjpArgs& a) const {
  // -(1 - x²)^(-1/2)
  Value rest = one_minus_square(b, a.operands[0]);
  Value slope = b.emit(Rsqrt{}, {rest});
  Value opposite = b.multiply(a.cotangent, slope);
  return {b.negate(opposite)};
}
Values Sinh::vjp(Builder& b, const VjpArgs& a) const {
  Value slope = b.emit(Cosh{}, {a.operands[0]});
  return {b.multiply(a.cotangent, slope)};
}
Values Cosh::vjp(Builder& b, const VjpArgs& a) const {
  Value slope = b.emit(Sinh{}, {a.operands[0]});
  return {b.multiply(a.cotangent, slope)};
}
Values Asinh::vjp(Builder& b, const VjpArgs& a) const {
  // (x² + 1)^(-1/2)
  Value square = b.multiply(a.operands[0], a.operands[0]);
  Value one = b.constant(b.type(a.result), 1);
  Value more = b.add(square, one);
  Value slope = b.emit(Rsqrt{}, {more});
  return {b.multiply(a.cotangent, slope)};
}
Values Acosh::vjp(Builder& b, const VjpArgs& a) const {
  // ((x - 1) (x + 1))^(-1/2)
  Value x = a.operands[0];
  Value one = b.constant(b.type(x), 1);
  Value less = b.subtract(x, one);
  Value more = b.add(x, one);
  Value rest = b.multiply(less, more);
  Value slope = b.emit(Rsqrt{}, {rest});
  return {b.multiply(a.cotangent, slope)};
}
Values Atanh::vjp(Builder& b, const VjpArgs& a) const {
  // 1 / (1 - x²)
  Value rest = one_minus_square(b, a.operands[0]);
  return {b.divide(a.cotangent, rest)};
}

Values ErfInv::vjp(Builder& b, const VjpArgs& a) const {
  // √π/2 exp(y²), where √π/2 = (π/4)^(1/2)
  Value one = b.constant(b.type(a.result).with(Shape{}), 1);
  Value quarter = b.emit(Atan2{}, {one, one});
  Value factor = b.emit(Sqrt{}, {quarter});
  Value factors = b.broadcast(factor, b.shape(a.result), {});
  Value square = b.multiply(a.result, a.result);
  Value steep = b.exponential(square);
  Value slope = b.multiply(factors, steep);
  return {b.multiply(a.cotangent, slope)};
}
Values Lgamma::vjp(Builder& b, const VjpArgs& a) const {
  Value slope = b.emit(Digamma{}, {a.operands[0]});
  return {b.multiply(a.cotangent, slope)};
}
Values Digamma::vjp(Builder& b, const VjpArgs& a) const {
  Value first = b.constant(b.type(a.result), 1);
  Value slope = b.emit(Polygamma{}, {first, a.operands[0]});
  return {b.multiply(a.cotangent, slope)};
}

}  // namespace pullback
