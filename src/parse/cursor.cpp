#include "parse/cursor.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"

namespace pullback {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_word(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '$'; }
bool in_name(char c) { return in_word(c) || c == '-'; }

}  // namespace

size_t Cursor::here() {
  for (; at_ < text_.size(); ++at_) {
    char c = text_[at_];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') continue;
    if (c != '/' || at_ + 1 >= text_.size() || text_[at_ + 1] != '/') break;
    at_ = std::min(text_.find('\n', at_), text_.size() - 1);
  }
  return at_;
}

bool Cursor::peek(std::string_view token) {
  here();
  if (!text_.substr(at_).starts_with(token)) return false;
  size_t end = at_ + token.size();
  return !is_letter(token.back()) || end >= text_.size() || !in_word(text_[end]);
}

bool Cursor::accept(std::string_view token) {
  if (!peek(token)) return false;
  at_ += token.size();
  return true;
}

void Cursor::expect(std::string_view token) {
  if (!accept(token)) fail("expected '" + std::string(token) + "'");
}

bool Cursor::peek_number() {
  char c = at(here());
  return is_digit(c) || c == '-';
}

std::string_view Cursor::word(const char* what) {
  size_t begin = here();
  size_t end = begin;
  while (end < text_.size() && in_word(text_[end])) ++end;
  if (end == begin || is_digit(text_[begin])) fail(std::string("expected ") + what);
  at_ = end;
  return text_.substr(begin, end - begin);
}

std::string_view Cursor::name(char sigil, const char* what) {
  size_t begin = here();
  size_t end = begin + 1;
  if (begin >= text_.size() || text_[begin] != sigil) {
    fail(std::string("expected ") + what + ", which begins with '" + sigil + "'");
  }
  if (sigil == '@' && at(end) == '"') {
    at_ = end;
    return quoted();
  }
  while (end < text_.size() && in_name(text_[end])) ++end;
  if (end == begin + 1) fail(std::string("expected a name after '") + sigil + "'");
  at_ = end;
  // "->" after a name is an arrow, not a part of it.
  if (text_[end - 1] == '-' && end < text_.size() && text_[end] == '>') --at_;
  return text_.substr(begin + 1, at_ - begin - 1);
}

std::string_view Cursor::quoted() {
  size_t begin = here();
  expect("\"");
  size_t end = begin + 1;
  while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
  if (end >= text_.size()) fail(begin, "this string has no end");
  at_ = end + 1;
  return text_.substr(begin + 1, end - begin - 1);
}

int64_t Cursor::integer() {
  size_t begin = here();
  int64_t value = 0;
  auto [end, error] = std::from_chars(text_.data() + begin, text_.data() + text_.size(), value);
  if (error == std::errc::invalid_argument) fail("expected an integer");
  if (error != std::errc{}) fail("this integer does not fit 64 bits");
  at_ = static_cast<size_t>(end - text_.data());
  return value;
}

Decimal decimal_of(float value) {
  if (!std::isfinite(value)) return Decimal::of(value);
  char buffer[64];
  auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  return Decimal::parse({buffer, static_cast<size_t>(end - buffer)});
}

std::string printable(std::string_view text, size_t length) {
  std::string result(text.substr(0, length));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = ' ';
  }
  return result + (text.size() > length ? "…" : "");
}

namespace {

/// A floating-point value by its bits, as MLIR writes infinities and NaNs.
Decimal from_bits(std::string_view digits, ElementType element) {
  uint64_t bits = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) throw Error("bad hexadecimal");
  if (element == ElementType::f64) return Decimal::of(__builtin_bit_cast(double, bits));
  if (bits >> 32 != 0) throw Error("this has more than 32 bits");
  return decimal_of(__builtin_bit_cast(float, static_cast<uint32_t>(bits)));
}

Decimal number(std::string_view digits, ElementType element) {
  if (is_float(element)) {
    if (digits.starts_with("0x")) return from_bits(digits.substr(2), element);
    Decimal value = Decimal::parse(digits);
    if (digits.find('.') == digits.npos) throw Error("a point is missing, as in 1.0");
    return value;
  }
  Decimal value = Decimal::parse(digits);
  if (digits.find_first_of(".eE") != digits.npos) throw Error("a whole number is expected");
  if (value.to_integer() != static_cast<int32_t>(value.to_integer())) throw Error("out of range");
  return value.to_integer();
}

}  // namespace

Decimal Cursor::decimal(ElementType element) {
  if (element == ElementType::i1) {
    if (accept("true")) return 1;
    if (accept("false")) return 0;
    fail("expected true or false");
  }
  size_t begin = here();
  size_t end = begin;
  while (end < text_.size() && (in_word(text_[end]) || text_[end] == '-' || text_[end] == '+')) {
    ++end;
  }
  std::string_view digits = text_.substr(begin, end - begin);
  try {
    at_ = end;
    return number(digits, element);
  } catch (const Error& error) {
    fail(begin, std::string("expected a number of type ") + std::string(to_string(element)) + ": " +
                    error.what());
  }
}

Shape Cursor::extents() {
  size_t begin = here();
  if (!accept("tensor")) fail("expected a type, e.g. tensor<2x3xf32>");
  expect("<");
  Shape shape;
  while (is_digit(at(here()))) {
    shape.push_back(integer());
    if (at(at_) != 'x') fail("expected 'x' after an extent");
    ++at_;
  }
  if (peek("?")) fail("dynamic extents are not supported");
  if (shape.size() > max_rank) fail(begin, "a tensor of more than 64 axes is not supported");
  return shape;
}

Type Cursor::type() {
  size_t begin = here();
  Type type;
  type.shape = extents();
  size_t at = here();
  std::string_view element = word("an element type: f32, f64, i32 or i1");
  bool known = false;
  for (auto e : {ElementType::f32, ElementType::f64, ElementType::i32, ElementType::i1}) {
    if (to_string(e) != element) continue;
    type.element = e;
    known = true;
  }
  if (!known) {
    fail(at, "element type '" + printable(element) +
                 "' is not supported; expected f32, f64, i32 or i1");
  }
  expect(">");
  try {
    type.count();
  } catch (const Error& error) {
    fail(begin, error.what());
  }
  return type;
}

Shape Cursor::integer_tensor() {
  Shape shape = extents();
  expect("i64");
  expect(">");
  return shape;
}

std::vector<int64_t> Cursor::integers() {
  std::vector<int64_t> items;
  expect("[");
  if (accept("]")) return items;
  do items.push_back(integer());
  while (accept(","));
  expect("]");
  return items;
}

void Cursor::skip_balanced() {
  size_t begin = here();
  std::string closers;
  do {
    if (here() >= text_.size()) fail(begin, "this bracket is never closed");
    char c = text_[at_];
    if (c == '"') {
      quoted();
      continue;
    }
    ++at_;
    if (c == '(') closers += ')';
    if (c == '[') closers += ']';
    if (c == '{') closers += '}';
    if (c == '<') closers += '>';
    if (c == '-' && at_ < text_.size() && text_[at_] == '>') ++at_;
    if (c == ')' || c == ']' || c == '}' || c == '>') {
      if (closers.empty() || closers.back() != c) fail(begin, "the brackets do not match");
      closers.pop_back();
    }
  } while (!closers.empty());
}

void Cursor::skip_value() {
  size_t begin = here();
  for (;;) {
    size_t i = here();
    char c = at(i);
    if (i >= text_.size()) fail(begin, "this value has no end");
    if (c == ',' || c == '}' || c == ']' || c == ')' || c == '>') return;
    if (c == '"') {
      quoted();
    } else if (c == '(' || c == '[' || c == '{' || c == '<') {
      skip_balanced();
    } else {
      at_ += c == '-' && at(i + 1) == '>' ? 2 : 1;
    }
  }
}

void Cursor::skip_location() {
  if (accept("loc")) skip_balanced();
}

void Cursor::fail(size_t at, const std::string& message) const {
  at = std::min(at, text_.size());
  size_t line_begin = at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;
  size_t line_end = std::min(text_.find('\n', line_begin), text_.size());
  auto line = std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
  size_t column = at - line_begin;
  std::string source = printable(text_.substr(line_begin, line_end - line_begin), text_.size());
  size_t caret = column;
  constexpr size_t width = 120;  // long lines are shown around the place
  if (source.size() > width) {
    size_t from = column > width / 2 ? column - width / 2 : 0;
    source = (from > 0 ? "…" : "") + source.substr(from, width) +
             (from + width < source.size() ? "…" : "");
    caret = column - from + (from > 0 ? 1 : 0);
  }
  throw Error(std::string(file_) + ":" + std::to_string(line) + ":" + std::to_string(column + 1) +
              ": " + message + "\n  " + source + "\n  " + std::string(caret, ' ') + "^");
}

}  // namespace pullback
