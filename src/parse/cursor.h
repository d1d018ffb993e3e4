#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tensor/decimal.h"
#include "tensor/type.h"

namespace pullback {

/// A place in a text that is being parsed, and the tokens that can stand there. White space and
/// "//" comments are skipped before every token. What does not fit throws Error:
///   step.mlir:3:12: expected ',' or ')'
///     %y = stablehlo.add %x %x : tensor<2xf32>
///                           ^
class Cursor {
 public:
  /// Types and lists of more axes are rejected, so that no nesting exhausts the stack.
  static constexpr size_t max_rank = 64;

  Cursor(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  /// Where the next token begins.
  size_t here();
  bool at_end() { return here() == text_.size(); }
  /// Takes `token` if it stands here; a word only if it ends there.
  bool accept(std::string_view token);
  void expect(std::string_view token);
  bool peek(std::string_view token);
  /// Whether a digit or a sign stands here.
  bool peek_number();

  /// A bare word, [A-Za-z_][A-Za-z0-9_.$]*.
  std::string_view word(const char* what);
  /// "%name", "@name" or @"name" without its sigil.
  std::string_view name(char sigil, const char* what);
  /// The inside of "…", with its escapes.
  std::string_view quoted();
  int64_t integer();
  /// An element of a constant: a decimal with a point, bits in hexadecimal, a whole number, or
  /// true or false, by type. Decimals of more than 18 digits are rounded to the type.
  Decimal decimal(ElementType element);
  /// "tensor<2x3xf32>".
  Type type();
  /// "tensor<4x2xi64>", the type of an attribute: its shape.
  Shape integer_tensor();
  /// "e5m10": the bits of the exponent and of the mantissa.
  std::pair<int64_t, int64_t> float_format();
  /// "[1, 2]".
  std::vector<int64_t> integers();

  /// Skips a balanced (…), […], {…} or <…> that begins here.
  void skip_balanced();
  /// Adds the names, without '%', in the balanced text that begins here to `names`; skips it.
  void names_inside(std::vector<std::string_view>& names);
  /// Skips an attribute's value: all up to a ',' or a closing bracket outside its own brackets.
  void skip_value();
  /// Skips "loc(…)" if it stands here.
  void skip_location();

  /// The number of the line of a place, from 1.
  int64_t line(size_t at) const;
  [[noreturn]] void fail(const std::string& message) { fail(here(), message); }
  [[noreturn]] void fail(size_t at, const std::string& message) const;

 private:
  char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  Shape extents();
  void balanced(std::vector<std::string_view>* names);

  std::string_view text_;
  std::string_view file_;
  size_t at_ = 0;
};

/// The shortest decimal that reads back as `value` when rounded to f32.
Decimal decimal_of(float value);
/// The element stored at `bytes` (an i1 is one byte), little-endian.
Decimal decimal_of_bytes(const void* bytes, ElementType element);

/// `text` with its control characters as spaces and cut to a length fit for a message.
std::string printable(std::string_view text, size_t length = 60);

}  // namespace pullback
