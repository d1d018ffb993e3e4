#include "parse/rewrite.h"

#include <algorithm>
#include <tuple>

#include "parse/bits.h"
#include "parse/function.h"
#include "parse/literals.h"

namespace pullback {

namespace {

Value as(Builder& b, Value v, ElementType element) {
  return b.type(v).element == element ? v : b.convert(v, element);
}
Value as_unsigned(Builder& b, Value v) { return as(b, v, with_sign(b.type(v).element, false)); }
void require_integers(const RewriteInput& r) {
  for (Value v : r.in) {
    if (r.b.type(v) != r.out) {
      r.op.fail(r.at, "operands and result must be of one type, but one is " + r.b.type(v).text() +
                          " and " + r.out.text() + " is declared");
    }
  }
  if (is_integer(r.out.element)) return;
  r.op.fail(r.at,
            "this op is not defined for elements of type " + std::string(to_string(r.out.element)));
}

/// i1: x != y; else (x or y) - (x and y).
Value exclusive_or(RewriteInput& r) {
  if (r.out.element == ElementType::i1 && r.b.type(r.in[0]) == r.out) {
    return r.b.compare(Direction::ne, r.in[0], r.in[1]);
  }
  require_integers(r);
  Value either = r.b.emit(Or{}, r.in);
  Value both = r.b.emit(And{}, r.in);
  return r.b.subtract(either, both);
}

/// x · 2^s: the power is 0 for s < 0 and from the width on.
Value shift_left(RewriteInput& r) {
  require_integers(r);
  return r.b.multiply(r.in[0], r.b.power(whole(r.b, r.in[0], 2), r.in[1]));
}

/// ⌊x / 2^s⌋ of an unsigned x where s is less than the width, else 0.
Value shifted_right(Builder& b, Value x, Value s, int64_t width) {
  Value zero = whole(b, x, 0);
  Value quotient = b.divide(x, b.power(whole(b, x, 2), s));
  Value inside = b.compare(Direction::lt, s, whole(b, x, static_cast<uint64_t>(width)));
  return b.select(inside, quotient, zero);
}

Value shift_right_logical(RewriteInput& r) {
  require_integers(r);
  Value x = as_unsigned(r.b, r.in[0]), s = as_unsigned(r.b, r.in[1]);
  return as(r.b, shifted_right(r.b, x, s, r.bits()), r.out.element);
}

/// A negative x is shifted as not x, whose leading bits are 0, and turned back.
Value shift_right_arithmetic(RewriteInput& r) {
  require_integers(r);
  Builder& b = r.b;
  Value x = as(b, r.in[0], with_sign(r.out.element, true));
  Value negative = b.compare(Direction::lt, x, whole(b, x, 0));
  Value positive = b.select(negative, b.emit(Not{}, {x}), x);
  Value s = as_unsigned(b, r.in[1]);
  Value shifted = shifted_right(b, as_unsigned(b, positive), s, r.bits());
  Value back = as(b, shifted, b.type(x).element);
  return as(b, b.select(negative, b.emit(Not{}, {back}), back), r.out.element);
}

/// `byte` in every byte of a word.
uint64_t repeated(uint64_t byte, int64_t bits) {
  uint64_t word = 0;
  for (int64_t k = 0; k < bits; k += 8) word |= byte << k;
  return word;
}

/// The count of ones of an unsigned x: in pairs, fours and bytes of bits, then of all bytes.
Value count_ones(Builder& b, Value x, int64_t bits) {
  auto right = [&](Value v, int64_t s) { return b.divide(v, whole(b, x, uint64_t{1} << s)); };
  auto masked = [&](Value v, uint64_t byte) {
    return b.emit(And{}, {v, whole(b, x, repeated(byte, bits))});
  };
  x = b.subtract(x, masked(right(x, 1), 0x55));
  x = b.add(masked(x, 0x33), masked(right(x, 2), 0x33));
  x = masked(b.add(x, right(x, 4)), 0x0F);
  if (bits == 8) return x;
  return right(b.multiply(x, whole(b, x, repeated(1, bits))), bits - 8);
}

Value popcnt(RewriteInput& r) {
  require_integers(r);
  return as(r.b, count_ones(r.b, as_unsigned(r.b, r.in[0]), r.bits()), r.out.element);
}

/// The width less the ones that are left when every bit below the leading one is set, too.
Value count_leading_zeros(RewriteInput& r) {
  require_integers(r);
  Value x = as_unsigned(r.b, r.in[0]);
  for (int64_t s = 1; s < r.bits(); s *= 2) {
    x = r.b.emit(Or{}, {x, r.b.divide(x, whole(r.b, x, uint64_t{1} << s))});
  }
  Value ones = count_ones(r.b, x, r.bits());
  Value width = whole(r.b, ones, static_cast<uint64_t>(r.bits()));
  return as(r.b, r.b.subtract(width, ones), r.out.element);
}

/// Rounding to a format that is an element type: there and back; to any other, on the bits.
Value reduce_precision(RewriteInput& r) {
  int64_t exponent = 0, mantissa = 0;
  if (r.attributes.has("format")) {
    Cursor format = r.attributes.at("format", r.op, r.at);
    std::tie(exponent, mantissa) = format.float_format();
  } else {
    exponent = r.attributes.integer("exponent_bits", 0);
    mantissa = r.attributes.integer("mantissa_bits", 0);
  }
  ElementType own = r.b.type(r.in[0]).element;
  const char* clause = exponent < 1 ? "c2" : "c3";
  if (!is_float(own) || exponent < 1 || mantissa < 0) {
    r.op.fail(r.at, "reduce_precision to e" + std::to_string(exponent) + "m" +
                        std::to_string(mantissa) + " of " + std::string(to_string(own)) +
                        " is not defined: it takes floats, 1 bit of exponent or more and 0 of "
                        "mantissa (reduce_precision_" +
                        clause + ")");
  }
  for (const FloatFormat& f : float_formats) {
    if (f.exponent != exponent || f.mantissa != mantissa) continue;
    if (byte_size(f.element) > byte_size(own)) return r.in[0];
    return as(r.b, as(r.b, r.in[0], f.element), own);
  }
  const FloatFormat& format = format_of(own);
  if (exponent >= format.exponent && mantissa >= format.mantissa) return r.in[0];
  return rounded_bits(r.b, r.in[0], exponent, mantissa);
}

Value next_after_op(RewriteInput& r) {
  for (Value v : r.in) {
    if (r.b.type(v) == r.out && is_float(r.out.element)) continue;
    r.op.fail(r.at, "operands and result must be floats of one type");
  }
  return next_after(r.b, r.in[0], r.in[1]);
}

/// The shape that an operand gives must be the declared one.
void require_shape(const RewriteInput& r, size_t operand) {
  if (r.constant(operand) == r.out.shape) return;
  r.op.fail(r.at, "the shape given is not that of " + r.out.text() + ", which is declared");
}

int64_t dimension_of(RewriteInput& r, std::string_view name) {
  Cursor value = r.attributes.at(name, r.op, r.at);
  return value.integer();
}

Value dynamic_reshape(RewriteInput& r) {
  require_shape(r, 1);
  return r.b.reshape(r.in[0], r.out.shape);
}

Value dynamic_iota(RewriteInput& r) {
  require_shape(r, 0);
  return r.b.iota(r.out, dimension_of(r, "iota_dimension"));
}

Value dynamic_broadcast_in_dim(RewriteInput& r) {
  require_shape(r, 1);
  Cursor dimensions = r.attributes.at("broadcast_dimensions", r.op, r.at);
  for (const char* hint : {"known_expanding_dimensions", "known_nonexpanding_dimensions"}) {
    if (r.attributes.has(hint)) r.attributes.at(hint, r.op, r.at);
  }
  return r.b.broadcast(r.in[0], r.out.shape, parse_integer_list(dimensions));
}

Value dynamic_pad(RewriteInput& r) {
  return r.b.emit(Pad{.edge_padding_low = r.constant(2),
                      .edge_padding_high = r.constant(3),
                      .interior_padding = r.constant(4)},
                  {r.in[0], r.in[1]});
}

Value get_dimension_size(RewriteInput& r) {
  int64_t dimension = dimension_of(r, "dimension");
  const Type& type = r.b.type(r.in[0]);
  if (dimension < 0 || dimension >= type.rank()) {
    r.op.fail(r.at, "dimension " + std::to_string(dimension) + " is not an axis of " + type.text() +
                        " (get_dimension_size_c1)");
  }
  return r.b.constant({ElementType::i32, {}}, type.shape[static_cast<size_t>(dimension)]);
}

constexpr Rewrite rewrites[] = {
    {"next_after", 2, "", "", next_after_op, "chlo"},
    {"xor", 2, "", "", exclusive_or},
    {"shift_left", 2, "", "", shift_left},
    {"shift_right_logical", 2, "", "", shift_right_logical},
    {"shift_right_arithmetic", 2, "", "", shift_right_arithmetic},
    {"popcnt", 1, "", "", popcnt},
    {"count_leading_zeros", 1, "", "", count_leading_zeros},
    {"reduce_precision", 1, "format", "format", reduce_precision},
    {"dynamic_reshape", 2, "", "", dynamic_reshape},
    {"dynamic_iota", 1, "dim", "iota_dimension", dynamic_iota},
    {"dynamic_broadcast_in_dim", 2, "dims", "broadcast_dimensions", dynamic_broadcast_in_dim},
    {"dynamic_pad", 5, "", "", dynamic_pad},
    {"get_dimension_size", 1, "dim", "dimension", get_dimension_size}};

}  // namespace

std::optional<std::vector<int64_t>> constant_integers(const Graph& graph, Value v) {
  auto* constant = graph.is_argument(v) ? nullptr : std::get_if<Constant>(&graph.instr(v).op);
  if (!constant || is_float(constant->type.element)) return std::nullopt;
  std::vector<int64_t> values;
  for (int64_t i = 0; i < constant->type.count(); ++i) {
    values.push_back(
        constant->values[constant->is_splat() ? 0 : static_cast<size_t>(i)].to_integer());
  }
  return values;
}

std::vector<int64_t> RewriteInput::constant(size_t operand) const {
  auto values = constant_integers(b.graph(), in[operand]);
  if (values) return *values;
  op.fail(at, "operand " + std::to_string(operand) + " '%" + b.name(in[operand]) +
                  "' must be a constant of integers: shapes are static");
}

const Rewrite* find_rewrite(std::string_view name) {
  size_t dot = std::min(name.find('.'), name.size() - 1);
  auto found = std::find_if(std::begin(rewrites), std::end(rewrites), [&](const Rewrite& r) {
    return r.dialect == name.substr(0, dot) && r.name == name.substr(dot + 1);
  });
  return found == std::end(rewrites) ? nullptr : &*found;
}

void FunctionParser::rewrite(const Rewrite& rule, bool generic_form) {
  size_t at = in_.here();
  AttributeDict attributes;
  Values values = generic_form ? parenthesized() : operands(static_cast<int>(rule.operands));
  if (values.size() != rule.operands) {
    in_.fail(at, "expected " + std::to_string(rule.operands) + " operands, not " +
                     std::to_string(values.size()));
  }
  if (!generic_form && !rule.field.empty()) {
    expect_field(rule.field);
    attributes.add(rule.attribute, in_);
    if (in_.peek("[")) {
      in_.integers();
    } else {
      in_.peek_number() ? void(in_.integer()) : void(in_.float_format());
    }
  }
  attributes.read_optional(in_);
  Signature declared = signature(values.size());
  check_operands(values, declared);
  RewriteInput input{builder_, values, declared.result, std::move(attributes), in_, op_at_};
  size_t before = graph_.instrs.size();
  Value value;
  try {
    value = rule.make(input);
  } catch (const TypeError& error) {
    in_.fail(op_at_, error.what());
  }
  input.attributes.expect_no_more();
  if (graph_.instrs.size() > before) builder_.rename(value, graph_name(result_name_));
  check_type(graph_.type(value), declared.result, declared.at, "the result");
  define_results({value});
  in_.skip_location();
}

}  // namespace pullback
