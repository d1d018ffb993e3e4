#include "parse/literals.h"

#include <algorithm>

#include "base/error.h"

namespace pullback {

namespace {

/// Lists in attributes have an entry per axis.
constexpr int64_t max_list = Cursor::max_rank;

/// The values of a nested list by the axes from `axis` on.
void dense_list(Cursor& in, const Type& type, size_t axis, std::vector<Decimal>& values) {
  if (axis == type.shape.size()) {
    values.push_back(in.decimal(type.element));
    return;
  }
  in.expect("[");
  for (int64_t i = 0; i < type.shape[axis]; ++i) {
    if (i > 0) in.expect(",");
    dense_list(in, type, axis + 1, values);
  }
  in.expect("]");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Little-endian bytes, two hexadecimal digits each.
std::vector<unsigned char> hex_bytes(Cursor& in) {
  size_t begin = in.here();
  std::string_view text = in.quoted();
  if (!text.starts_with("0x") || text.size() % 2 != 0) {
    in.fail(begin, "expected bytes in hexadecimal, \"0x…\"");
  }
  std::vector<unsigned char> bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 2; i < text.size(); i += 2) {
    int high = hex_digit(text[i]);
    int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) in.fail(begin + 1 + i, "this is no hexadecimal digit");
    bytes.push_back(static_cast<unsigned char>(high * 16 + low));
  }
  return bytes;
}

/// One byte an element, 0 or 1, from eight elements a byte, the lowest bit first.
std::vector<unsigned char> unpacked(const std::vector<unsigned char>& bits, size_t count) {
  std::vector<unsigned char> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = bits[i / 8] >> (i % 8) & 1;
  return bytes;
}

std::vector<Decimal> dense_bytes(Cursor& in, const Type& type) {
  size_t begin = in.here();
  std::vector<unsigned char> bytes = hex_bytes(in);
  size_t size = byte_size(type.element), count = static_cast<size_t>(type.count());
  if (type.element == ElementType::i1) {
    bool splat = bytes.size() == 1 && (count == 1 || bytes[0] == 0 || bytes[0] == 0xFF);
    if (splat) {
      bytes[0] &= 1;
    } else if (bytes.size() == (count + 7) / 8) {
      bytes = unpacked(bytes, count);
    }
    for (unsigned char byte : bytes) {
      if (byte > 1) in.fail(begin, "a byte of an i1 is 0 or 1");
    }
  }
  if (bytes.size() != size && bytes.size() != type.bytes()) {
    in.fail(begin, "there are " + std::to_string(bytes.size()) + " bytes; " + type.text() +
                       " has " + std::to_string(type.bytes()));
  }
  std::vector<Decimal> values;
  values.reserve(bytes.size() / size);
  for (size_t i = 0; i < bytes.size(); i += size) {
    values.push_back(decimal_of_bytes(bytes.data() + i, type.element));
  }
  return values;
}

}  // namespace

std::vector<Decimal> parse_dense(Cursor& in, const Type& type) {
  std::vector<Decimal> values;
  in.expect("dense");
  in.expect("<");
  if (in.peek("\"")) {
    values = dense_bytes(in, type);
  } else if (in.peek("[") && type.rank() > 0) {
    dense_list(in, type, 0, values);
  } else if (!in.peek(">")) {
    values.push_back(in.decimal(type.element));
  } else if (type.count() != 0) {
    in.fail("expected a value");
  }
  in.expect(">");
  return values;
}

std::vector<std::pair<int64_t, int64_t>> parse_pairs(Cursor& in) {
  std::vector<std::pair<int64_t, int64_t>> result;
  in.expect("[");
  if (in.accept("]")) return result;
  do {
    size_t at = in.here();
    std::vector<int64_t> pair = in.integers();
    if (pair.size() != 2) in.fail(at, "expected a pair [low, high]");
    result.push_back({pair[0], pair[1]});
  } while (in.accept(","));
  in.expect("]");
  return result;
}

std::vector<int64_t> parse_integer_list(Cursor& in) {
  std::vector<int64_t> items;
  auto item = [&] {
    if (in.accept("true")) return int64_t{1};
    if (in.accept("false")) return int64_t{0};
    return in.integer();
  };
  auto list = [&](std::string_view close) {
    if (in.accept(close)) return;
    do items.push_back(item());
    while (in.accept(","));
    in.expect(close);
  };
  if (in.accept("[")) {
    list("]");
  } else if (in.accept("array")) {
    in.expect("<");
    if (!in.accept("i64")) in.expect("i1");
    if (in.accept(":"))
      list(">");
    else
      in.expect(">");
  } else {
    in.expect("dense");
    in.expect("<");
    bool splat = in.peek_number();
    if (splat)
      items.push_back(in.integer());
    else if (in.accept("["))
      list("]");
    in.expect(">");
    in.expect(":");
    size_t at = in.here();
    Shape shape = in.integer_tensor();
    if (shape.size() != 1 || shape[0] > max_list) in.fail(at, "expected a type of one short axis");
    if (splat) items.assign(static_cast<size_t>(shape[0]), items[0]);
    if (static_cast<int64_t>(items.size()) != shape[0]) in.fail(at, "the count of values differs");
  }
  return items;
}

std::vector<std::pair<int64_t, int64_t>> parse_padding(Cursor& in) {
  std::vector<std::pair<int64_t, int64_t>> padding;
  in.expect("dense");
  in.expect("<");
  bool splat = in.peek_number();
  int64_t value = splat ? in.integer() : 0;
  if (in.peek("[")) padding = parse_pairs(in);
  in.expect(">");
  in.expect(":");
  size_t at = in.here();
  Shape shape = in.integer_tensor();
  if (shape.size() != 2 || shape[1] != 2 || shape[0] > max_list) {
    in.fail(at, "expected the type tensor<Nx2xi64>, N the number of axes");
  }
  if (splat) padding.assign(static_cast<size_t>(shape[0]), {value, value});
  if (static_cast<int64_t>(padding.size()) != shape[0]) in.fail(at, "the count of pairs differs");
  return padding;
}

namespace {

/// "[b, 0, 1, f]": the axes named `first` and `second` and those numbered 0, 1, ….
void tensor_dimensions(Cursor& in, const char* first, int64_t& first_axis, const char* second,
                       int64_t& second_axis, Axes& spatial) {
  std::vector<std::pair<int64_t, int64_t>> numbered;  // number, axis
  size_t at = in.here();
  first_axis = second_axis = -1;
  in.expect("[");
  int64_t axis = 0;
  do {
    if (in.accept(first)) {
      first_axis = axis;
    } else if (in.accept(second)) {
      second_axis = axis;
    } else {
      numbered.push_back({in.integer(), axis});
    }
    ++axis;
  } while (in.accept(","));
  in.expect("]");
  std::sort(numbered.begin(), numbered.end());
  for (size_t d = 0; d < numbered.size(); ++d) {
    if (numbered[d].first != static_cast<int64_t>(d)) {
      in.fail(at, "the spatial dimensions must be numbered from 0, each once");
    }
    spatial.push_back(numbered[d].second);
  }
  if (first_axis < 0 || second_axis < 0 || axis != static_cast<int64_t>(spatial.size()) + 2) {
    in.fail(at, std::string("expected '") + first + "' and '" + second +
                    "' among the dimensions, each once");
  }
}

}  // namespace

ConvolutionDimensions parse_convolution_dimensions(Cursor& in) {
  ConvolutionDimensions n;
  size_t at = in.here();
  tensor_dimensions(in, "b", n.input_batch, "f", n.input_feature, n.input_spatial);
  in.expect("x");
  tensor_dimensions(in, "i", n.kernel_input_feature, "o", n.kernel_output_feature,
                    n.kernel_spatial);
  in.expect("->");
  tensor_dimensions(in, "b", n.output_batch, "f", n.output_feature, n.output_spatial);
  if (n.kernel_spatial.size() != n.input_spatial.size() ||
      n.output_spatial.size() != n.input_spatial.size()) {
    in.fail(at, "input, kernel and output have different numbers of spatial dimensions");
  }
  return n;
}

Direction parse_direction(Cursor& in) {
  size_t at = in.here();
  std::string_view word = in.word("a comparison: EQ, NE, GE, GT, LE or LT");
  for (Direction d :
       {Direction::eq, Direction::ne, Direction::ge, Direction::gt, Direction::le, Direction::lt}) {
    if (to_string(d) == word) return d;
  }
  in.fail(at, "expected EQ, NE, GE, GT, LE or LT");
}

bool accept_total_order(Cursor& in, ElementType element) {
  return is_float(element) && in.accept("TOTALORDER");
}

void parse_compare_type(Cursor& in, ElementType element) {
  size_t at = in.here();
  std::string_view word = in.word("FLOAT, SIGNED or UNSIGNED");
  std::string_view right = is_float(element) ? "FLOAT" : is_signed(element) ? "SIGNED" : "UNSIGNED";
  if (word == right || word == "NOTYPE") return;
  in.fail(at, "comparison by " + printable(word) + " is not supported for elements of type " +
                  std::string(to_string(element)) + "; expected " + std::string(right) +
                  " (compare_c3)");
}

}  // namespace pullback
