#include "tensor/decimal.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/error.h"

namespace pullback {

Decimal::Decimal(int64_t mantissa, int32_t exponent) : mantissa(mantissa), exponent(exponent) {
  if (this->mantissa == 0) this->exponent = 0;
  while (this->mantissa != 0 && this->mantissa % 10 == 0) {
    this->mantissa /= 10;
    ++this->exponent;
  }
}

Decimal Decimal::special(Kind kind) {
  Decimal result;
  result.kind = kind;
  return result;
}

namespace {

[[noreturn]] void reject(std::string_view text, const char* why) {
  throw Error("'" + std::string(text) + "' is not a decimal number: " + why);
}

}  // namespace

Decimal Decimal::parse(std::string_view text) {
  size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  int64_t mantissa = 0;
  int64_t exponent = 0;
  int zeros = 0;  // trailing zeros not yet in the mantissa
  bool seen_digit = false;
  bool seen_point = false;
  for (; at < text.size() && ((text[at] >= '0' && text[at] <= '9') || text[at] == '.'); ++at) {
    if (text[at] == '.') {
      if (seen_point) reject(text, "two points");
      seen_point = true;
      continue;
    }
    seen_digit = true;
    if (seen_point) --exponent;
    ++zeros;
    if (text[at] == '0') continue;
    for (; zeros > 0; --zeros) {
      if (mantissa > std::numeric_limits<int64_t>::max() / 10 - 1) reject(text, "too many digits");
      mantissa *= 10;
    }
    mantissa += text[at] - '0';
  }
  if (!seen_digit) reject(text, "no digit");
  exponent += zeros;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    int written = 0;
    const char* first = text.data() + at + 1;
    const char* last = text.data() + text.size();
    if (first < last && *first == '+') ++first;
    auto [end, error] = std::from_chars(first, last, written);
    if (error != std::errc{} || end != last) reject(text, "bad exponent");
    exponent += written;
  } else if (at != text.size()) {
    reject(text, "unexpected character");
  }
  if (exponent > 1000000 || exponent < -1000000) reject(text, "exponent out of range");
  if (negative && mantissa == 0) return special(Kind::negative_zero);
  return {negative ? -mantissa : mantissa, static_cast<int32_t>(exponent)};
}

Decimal Decimal::of_unsigned(uint64_t value) {
  if (value >> 63 == 0) return Decimal(static_cast<int64_t>(value));
  if (value % 10 == 0) return Decimal(static_cast<int64_t>(value / 10), 1);
  Decimal result = special(Kind::large);
  result.mantissa = static_cast<int64_t>(value);
  return result;
}

Decimal Decimal::of(double value) {
  if (std::isnan(value)) return special(Kind::nan);
  if (std::isinf(value)) return special(value > 0 ? Kind::infinity : Kind::negative_infinity);
  char buffer[64];
  auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  return parse({buffer, static_cast<size_t>(end - buffer)});
}

double Decimal::to_double() const {
  switch (kind) {
    case Kind::finite:
      break;
    case Kind::negative_zero:
      return -0.0;
    case Kind::infinity:
      return std::numeric_limits<double>::infinity();
    case Kind::negative_infinity:
      return -std::numeric_limits<double>::infinity();
    case Kind::nan:
      return std::numeric_limits<double>::quiet_NaN();
    case Kind::large:
      return static_cast<double>(to_unsigned());
  }
  return std::strtod((std::to_string(mantissa) + "e" + std::to_string(exponent)).c_str(), nullptr);
}

float Decimal::to_float() const {
  if (kind == Kind::large) return static_cast<float>(to_unsigned());
  if (kind != Kind::finite) return static_cast<float>(to_double());
  return std::strtof((std::to_string(mantissa) + "e" + std::to_string(exponent)).c_str(), nullptr);
}

std::string Decimal::text() const {
  switch (kind) {
    case Kind::finite:
      break;
    case Kind::negative_zero:
      return "-0.0";
    case Kind::infinity:
      return "inf";
    case Kind::negative_infinity:
      return "-inf";
    case Kind::nan:
      return "nan";
    case Kind::large:
      return std::to_string(to_unsigned()) + ".0";
  }
  std::string sign = mantissa < 0 ? "-" : "";
  std::string digits = std::to_string(mantissa);
  if (mantissa < 0) digits.erase(0, 1);
  if (exponent > 15 || exponent < -20) {
    return sign + digits + ".0e" + std::to_string(exponent);
  }
  if (exponent >= 0) return sign + digits + std::string(static_cast<size_t>(exponent), '0') + ".0";
  size_t places = static_cast<size_t>(-exponent);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  return sign + digits.substr(0, digits.size() - places) + "." +
         digits.substr(digits.size() - places);
}

int64_t Decimal::to_integer() const {
  int64_t value = mantissa;
  if (kind == Kind::negative_zero) return 0;
  if (kind != Kind::finite || exponent < 0) throw Error("a whole number is expected");
  for (int32_t i = 0; i < exponent; ++i) {
    if (__builtin_mul_overflow(value, int64_t{10}, &value)) throw Error("integer out of range");
  }
  return value;
}

uint64_t Decimal::to_unsigned() const {
  if (kind == Kind::large) return static_cast<uint64_t>(mantissa);
  if (kind == Kind::finite && mantissa > 0 && exponent > 0) {
    uint64_t value = static_cast<uint64_t>(mantissa);
    for (int32_t i = 0; i < exponent; ++i) {
      if (__builtin_mul_overflow(value, uint64_t{10}, &value)) throw Error("integer out of range");
    }
    return value;
  }
  int64_t value = to_integer();
  if (value < 0) throw Error("a negative number is not unsigned");
  return static_cast<uint64_t>(value);
}

}  // namespace pullback
