#include "parse/cursor.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "tensor/tensor.h"

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

/// A value by its bits in hexadecimal, as MLIR writes infinities and NaNs.
Decimal from_bits(std::string_view digits, ElementType element) {
  uint64_t bits = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) throw Error("bad hexadecimal");
  size_t width = 8 * byte_size(element);
  if (width < 64 && bits >> width != 0) {
    throw Error("this has more than " + std::to_string(width) + " bits");
  }
  return decimal_of_bytes(&bits, element);  // the lowest bytes come first
}

/// A decimal of any number of digits: exact, or beyond 18 digits the nearest value of the type.
Decimal floating(std::string_view digits, ElementType element) {
  if (digits.find('.') == digits.npos) throw Error("a point is missing, as in 1.0");
  try {
    return Decimal::parse(digits);
  } catch (const Error&) {
    double value = 0;
    float single = 0;
    const char* last = digits.data() + digits.size();
    bool negative = digits[0] == '-';
    const char* first = digits.data() + (negative || digits[0] == '+' ? 1 : 0);
    auto read = element == ElementType::f32 ? std::from_chars(first, last, single)
                                            : std::from_chars(first, last, value);
    if (read.ec != std::errc{} || read.ptr != last) throw;
    if (element == ElementType::f32) return decimal_of(negative ? -single : single);
    return Decimal::of(negative ? -value : value);
  }
}

Decimal whole(std::string_view digits, ElementType element) {
  const char* first = digits.data() + (digits.starts_with('+') ? 1 : 0);
  const char* last = digits.data() + digits.size();
  return dispatch(element, [&]<class T>() -> Decimal {
    if constexpr (std::is_same_v<T, bool> || std::is_floating_point_v<T>) {
      throw Error("a whole number is expected");
    } else {
      T value{};
      auto [end, error] = std::from_chars(first, last, value);
      if (error == std::errc::result_out_of_range) throw Error("out of range");
      if (std::is_unsigned_v<T> && digits.starts_with('-')) throw Error("out of range");
      if (error != std::errc{} || end != last) throw Error("a whole number is expected");
      if constexpr (std::is_unsigned_v<T>) return Decimal::of_unsigned(value);
      return Decimal(static_cast<int64_t>(value));
    }
  });
}

Decimal number(std::string_view digits, ElementType element) {
  if (digits.starts_with("0x")) return from_bits(digits.substr(2), element);
  return is_float(element) ? floating(digits, element) : whole(digits, element);
}

/// "f32, f64, …, f16 or bf16".
std::string element_type_names() {
  std::string names;
  for (ElementType e : element_types) {
    names += std::string(names.empty() ? "" : e == element_types.back() ? " or " : ", ");
    names += to_string(e);
  }
  return names;
}

}  // namespace

Decimal decimal_of_bytes(const void* bytes, ElementType element) {
  return dispatch_storage(element, [&]<class T>() {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    if constexpr (std::is_same_v<T, float>) return decimal_of(value);
    if constexpr (std::is_unsigned_v<T>) return Decimal::of_unsigned(value);
    if constexpr (std::is_integral_v<T>) return Decimal(static_cast<int64_t>(value));
    return Decimal::of(static_cast<double>(value));
  });
}

Decimal Cursor::decimal(ElementType element) {
  if (element == ElementType::i1) {
    if (accept("true") || accept("1")) return 1;
    if (accept("false") || accept("0")) return 0;
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
  if (peek("tuple") || peek("!")) {
    fail("a tuple or a token cannot be an argument, a result or another op's operand");
  }
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
  std::string_view element = word("an element type, e.g. f32");
  bool known = false;
  for (ElementType e : element_types) {
    if (to_string(e) != element) continue;
    type.element = e;
    known = true;
  }
  if (!known) {
    fail(at, "element type '" + printable(element) + "' is not supported; expected " +
                 element_type_names());
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

std::pair<int64_t, int64_t> Cursor::float_format() {
  size_t begin = here();
  int64_t bits[2] = {0, 0};
  const char* p = text_.data() + begin;
  const char* last = text_.data() + text_.size();
  for (int k = 0; k < 2; ++k) {
    if (p == last || *p != "em"[k]) fail(begin, "expected a format, e.g. e5m10");
    auto [end, error] = std::from_chars(p + 1, last, bits[k]);
    if (error != std::errc{}) fail(begin, "expected a format, e.g. e5m10");
    p = end;
  }
  at_ = static_cast<size_t>(p - text_.data());
  return {bits[0], bits[1]};
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

void Cursor::skip_balanced() { balanced(nullptr); }
void Cursor::names_inside(std::vector<std::string_view>& names) { balanced(&names); }

void Cursor::balanced(std::vector<std::string_view>* names) {
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
    if (c == '%' && names) {
      size_t end = at_;
      while (end < text_.size() && in_name(text_[end])) ++end;
      if (end > at_ && text_[end - 1] == '-' && at(end) == '>') --end;
      names->push_back(text_.substr(at_, end - at_));
      at_ = end;
    }
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

int64_t Cursor::line(size_t at) const {
  at = std::min(at, text_.size());
  return std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
}

void Cursor::fail(size_t at, const std::string& message) const {
  at = std::min(at, text_.size());
  size_t line_begin = at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;
  size_t line_end = std::min(text_.find('\n', line_begin), text_.size());
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
  throw Error(std::string(file_) + ":" + std::to_string(line(at)) + ":" +
              std::to_string(column + 1) + ": " + message + "\n  " + source + "\n  " +
              std::string(caret, ' ') + "^");
}

}  // namespace pullback
