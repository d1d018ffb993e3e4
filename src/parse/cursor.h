#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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
  Cursor(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  /// Where the next token begins.
  size_t here();
  bool at_end() { return here() == text_.size(); }
  /// Takes `token` if it stands here; a word only if it ends there.
  bool accept(std::string_view token);
  void expect(std::string_view token);
  bool peek(std::string_view token);

  /// A bare word, [A-Za-z_][A-Za-z0-9_.$]*.
  std::string_view word(const char* what);
  /// "%name" or "@name" without its sigil.
  std::string_view name(char sigil, const char* what);
  /// The inside of "…", without escapes.
  std::string_view quoted();
  int64_t integer();
  Decimal decimal(ElementType element);
  Type type();
  /// "[1, 2]", and "array<i64: 1, 2>" as generic attributes write it.
  std::vector<int64_t> integers();
  std::vector<int64_t> integer_array();
  /// Skips a balanced (…), […], {…} or <…> that begins here.
  void skip_balanced();
  /// Skips "loc(…)" if it stands here.
  void skip_location();

  [[noreturn]] void fail(const std::string& message) { fail(here(), message); }
  [[noreturn]] void fail(size_t at, const std::string& message) const;

 private:
  std::string_view text_;
  std::string_view file_;
  size_t at_ = 0;
};

}  // namespace pullback
