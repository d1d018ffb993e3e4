#include "parse/function.h"

/// A product over axes, as jnp.prod makes it, is read as multiplications of one half of the
/// elements by the other, until one is left.
namespace pullback {

namespace {

/// Elements [begin, end) along the first axis.
Value part(Builder& b, Value x, int64_t begin, int64_t end) {
  Shape limits = b.shape(x);
  pullback::Slice slice;
  slice.start_indices.assign(limits.size(), 0);
  slice.strides.assign(limits.size(), 1);
  slice.start_indices[0] = begin;
  limits[0] = end;
  slice.limit_indices = std::move(limits);
  return b.emit(std::move(slice), {x});
}

/// Of x's elements along the first axis, which goes; 1 of none.
Value product(Builder& b, Value x) {
  Shape kept(b.shape(x).begin() + 1, b.shape(x).end());
  if (b.shape(x)[0] == 0) return b.constant({b.type(x).element, kept}, 1);
  for (int64_t n = b.shape(x)[0]; n > 1; n = b.shape(x)[0]) {
    int64_t half = n / 2;
    Value paired = b.multiply(part(b, x, 0, half), part(b, x, half, 2 * half));
    bool odd = n % 2 != 0;
    x = odd ? b.emit(Concatenate{.dimension = 0}, {paired, part(b, x, n - 1, n)}) : paired;
  }
  return b.reshape(x, kept);
}

}  // namespace

bool FunctionParser::is_one(Value v) const {
  if (graph_.is_argument(v)) return false;
  const auto* constant = std::get_if<Constant>(&graph_.instr(v).op);
  return constant && constant->values.size() == 1 && constant->values[0] == Decimal(1);
}

void FunctionParser::emit_product(const Axes& dimensions, const Values& operands,
                                  const Signature& declared) {
  check_operands(operands, declared);
  Type type = graph_.type(operands[0]), start = graph_.type(operands[1]);
  if (start != type.with(Shape{})) {
    in_.fail(declared.at,
             "the initial value is " + start.text() + "; expected " + type.with(Shape{}).text());
  }
  try {
    Reduce{.kind = Reduction::add, .dimensions = dimensions}.infer(std::vector<Type>{type});
  } catch (const Error& error) {
    in_.fail(op_at_, error.what());
  }
  Axes order = dimensions;
  Shape shape{1};
  for (int64_t axis : dimensions) shape[0] *= type.shape[static_cast<size_t>(axis)];
  for (int64_t axis : other_axes(type.rank(), dimensions)) {
    order.push_back(axis);
    shape.push_back(type.shape[static_cast<size_t>(axis)]);
  }
  Value y = product(builder_, builder_.reshape(builder_.transpose(operands[0], order), shape));
  if (is_one(operands[1])) {
    absorbed_.push_back(operands[1]);
  } else {
    y = builder_.multiply(builder_.broadcast(operands[1], graph_.type(y).shape, {}), y);
  }
  builder_.rename(y, graph_name(result_name_));
  check_type(graph_.type(y), declared.result, declared.at, "the result");
  define_results({y});
  in_.skip_location();
}

}  // namespace pullback
