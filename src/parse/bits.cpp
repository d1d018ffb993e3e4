#include "parse/bits.h"

#include <algorithm>
#include <iterator>

namespace pullback {

namespace {

Value bits_of(Builder& b, Value x, bool sign) {
  return b.emit(BitcastConvert{.to = with_sign(b.type(x).element, sign)}, {x});
}
uint64_t sign_bit(ElementType element) { return uint64_t{1} << (8 * byte_size(element) - 1); }
Value masked(Builder& b, Value v, uint64_t mask) { return b.emit(And{}, {v, whole(b, v, mask)}); }

}  // namespace

ElementType with_sign(ElementType element, bool sign) {
  using enum ElementType;
  switch (byte_size(element)) {
    case 1:
      return sign ? i8 : ui8;
    case 2:
      return sign ? i16 : ui16;
    case 4:
      return sign ? i32 : ui32;
    default:
      return sign ? i64 : ui64;
  }
}

Value whole(Builder& b, Value like, uint64_t value) {
  return b.constant(b.type(like), Decimal::of_unsigned(value));
}

const FloatFormat& format_of(ElementType element) {
  return *std::find_if(std::begin(float_formats), std::end(float_formats),
                       [&](const FloatFormat& f) { return f.element == element; });
}

Value rounded_bits(Builder& b, Value x, int64_t exponent, int64_t mantissa) {
  const FloatFormat& own = format_of(b.type(x).element);
  uint64_t top = sign_bit(own.element);
  uint64_t infinity = ((uint64_t{1} << own.exponent) - 1) << own.mantissa;
  Value bits = bits_of(b, x, false);
  auto number = [&](uint64_t value) { return whole(b, bits, value); };
  Value sign = masked(b, bits, top), size = masked(b, bits, top - 1), rounded = size;
  if (mantissa < own.mantissa) {
    uint64_t unit = uint64_t{1} << (own.mantissa - mantissa);
    Value odd = masked(b, b.divide(size, number(unit)), 1);
    Value moved = b.add(b.add(size, odd), number(unit / 2 - 1));
    rounded = masked(b, moved, (top - 1) & ~(unit - 1));
  }
  if (exponent < own.exponent) {
    uint64_t bias = (uint64_t{1} << (own.exponent - 1)) - 1;
    uint64_t reach = (uint64_t{1} << (exponent - 1)) - 1;
    Value found = masked(b, rounded, infinity);
    Value large = b.compare(Direction::gt, found, number((bias + reach) << own.mantissa));
    Value small = b.compare(Direction::le, found, number((bias - reach) << own.mantissa));
    rounded = b.select(large, number(infinity), b.select(small, number(0), rounded));
  }
  Value nan = b.compare(Direction::gt, size, number(infinity));
  rounded = b.select(nan, mantissa > 0 ? size : number(infinity), rounded);
  return b.emit(BitcastConvert{.to = own.element}, {b.emit(Or{}, {sign, rounded})});
}

Value ordered_bits(Builder& b, Value x) {
  Value bits = bits_of(b, x, true);
  Value negative = b.compare(Direction::lt, bits, whole(b, bits, 0));
  Value turned = b.emit(Xor{}, {bits, whole(b, bits, sign_bit(b.type(x).element) - 1)});
  return b.select(negative, turned, bits);
}

Value next_after(Builder& b, Value x, Value y) {
  ElementType element = b.type(x).element;
  Value from = bits_of(b, x, false), to = bits_of(b, y, false);
  Value zero = whole(b, x, 0), one = whole(b, from, 1);
  Value up = b.compare(Direction::lt, x, y), positive = b.compare(Direction::gt, x, zero);
  Value away = b.compare(Direction::eq, up, positive);
  Value moved = b.select(away, b.add(from, one), b.subtract(from, one));
  Value least = b.emit(Or{}, {masked(b, to, sign_bit(element)), one});
  moved = b.select(b.compare(Direction::eq, x, zero), least, moved);
  moved = b.select(b.compare(Direction::eq, x, y), to, moved);
  Value nan = b.emit(Or{}, {b.compare(Direction::ne, x, x), b.compare(Direction::ne, y, y)});
  return b.select(nan, b.add(x, y), b.emit(BitcastConvert{.to = element}, {moved}));
}

}  // namespace pullback
