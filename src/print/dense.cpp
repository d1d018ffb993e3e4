#include <cstdio>

#include "print/stablehlo.h"

/// Constants.
namespace pullback {

namespace {

/// The bits of +inf, of which -inf has the sign, too, and NaN the mantissa's highest bit.
struct SpecialBits {
  uint64_t infinity, sign, quiet;
  int digits;
};
SpecialBits special_bits(ElementType element) {
  switch (element) {
    case ElementType::f64:
      return {0x7FF0000000000000, 0x8000000000000000, 0x0008000000000000, 16};
    case ElementType::f16:
      return {0x7C00, 0x8000, 0x0200, 4};
    case ElementType::bf16:
      return {0x7F80, 0x8000, 0x0040, 4};
    default:
      return {0x7F800000, 0x80000000, 0x00400000, 8};
  }
}

std::string special_text(Decimal::Kind kind, ElementType element) {
  SpecialBits special = special_bits(element);
  uint64_t bits = special.infinity;
  if (kind == Decimal::Kind::negative_infinity) bits |= special.sign;
  if (kind == Decimal::Kind::nan) bits |= special.quiet;
  char text[24];
  std::snprintf(text, sizeof text, "0x%0*llX", special.digits,
                static_cast<unsigned long long>(bits));
  return text;
}

std::string element_text(const Decimal& value, ElementType element) {
  if (element == ElementType::i1) return value == Decimal(0) ? "false" : "true";
  if (is_unsigned(element)) return std::to_string(value.to_unsigned());
  if (!is_float(element)) return std::to_string(value.to_integer());
  switch (value.kind) {
    case Decimal::Kind::finite:
    case Decimal::Kind::negative_zero:
    case Decimal::Kind::large:
      return value.text();
    default:
      return special_text(value.kind, element);
  }
}

/// The values from `next` on, nested in brackets by the axes from `axis` on.
std::string nested(const Type& type, const std::vector<Decimal>& values, size_t axis,
                   size_t& next) {
  if (axis == type.shape.size()) return element_text(values[next++], type.element);
  std::string text = "[";
  for (int64_t i = 0; i < type.shape[axis]; ++i) {
    if (i > 0) text += ", ";
    text += nested(type, values, axis + 1, next);
  }
  return text + "]";
}

}  // namespace

std::string print_dense(const Type& type, const std::vector<Decimal>& values) {
  if (values.size() == 1) return "dense<" + element_text(values[0], type.element) + ">";
  if (values.empty()) return "dense<>";
  size_t next = 0;
  return "dense<" + nested(type, values, 0, next) + ">";
}

}  // namespace pullback
