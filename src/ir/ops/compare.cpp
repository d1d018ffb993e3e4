#include "ir/ops/compare.h"

#include <cmath>

#include "base/check.h"
#include "ir/builder.h"

namespace pullback {

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::eq:
      return "EQ";
    case Direction::ne:
      return "NE";
    case Direction::ge:
      return "GE";
    case Direction::gt:
      return "GT";
    case Direction::le:
      return "LE";
    case Direction::lt:
      return "LT";
  }
  PULLBACK_CHECK(false, "direction");
}

namespace {

template <class T>
bool holds(Direction direction, T x, T y) {
  switch (direction) {
    case Direction::eq:
      return x == y;
    case Direction::ne:
      return x != y;
    case Direction::ge:
      return x >= y;
    case Direction::gt:
      return x > y;
    case Direction::le:
      return x <= y;
    case Direction::lt:
      return x < y;
  }
  return false;
}

}  // namespace

Attributes Compare::attributes() const {
  return {{"comparison_direction", std::string(to_string(direction))}};
}

Type Compare::infer(Types in) const {
  require_operands(in, 2);
  require(in[0].element == in[1].element, "compare_c1", [&] {
    return "operands have different element types: " + in[0].text() + " and " + in[1].text();
  });
  require(in[0].shape == in[1].shape, "compare_c2", [&] {
    return "operands have different shapes: " + in[0].text() + " and " + in[1].text();
  });
  return in[0].with(ElementType::i1);
}

Tensor Compare::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  auto z = result.values<bool>();
  dispatch(in[0]->element(), [&]<class T>() {
    auto x = in[0]->values<T>();
    auto y = in[1]->values<T>();
    for (size_t i = 0; i < z.size(); ++i) z[i] = holds(direction, x[i], y[i]);
  });
  return result;
}

Values Compare::vjp(Builder&, const VjpArgs&) const { return {Value{}, Value{}}; }

Type Select::infer(Types in) const {
  require_operands(in, 3);
  require(in[0].element == ElementType::i1, "select_i1",
          [&] { return "the predicate is " + in[0].text() + "; its elements must be i1"; });
  require(in[0].rank() == 0 || in[0].shape == in[1].shape, "select_c1", [&] {
    return "the predicate " + in[0].text() + " is neither a scalar nor of the shape of " +
           in[1].text();
  });
  require(in[1] == in[2], "select_c2", [&] {
    return "the branches have different types: " + in[1].text() + " and " + in[2].text();
  });
  return in[1];
}

Tensor Select::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  auto p = in[0]->values<bool>();
  bool scalar = in[0]->type().rank() == 0;
  dispatch(out.element, [&]<class T>() {
    auto x = in[1]->values<T>();
    auto y = in[2]->values<T>();
    auto z = result.values<T>();
    for (size_t i = 0; i < z.size(); ++i) z[i] = p[scalar ? 0 : i] ? x[i] : y[i];
  });
  return result;
}

Values Select::vjp(Builder& b, const VjpArgs& a) const {
  Value zero = b.constant(b.type(a.result), 0);
  Value dx = a.needs[1] ? b.select(a.operands[0], a.cotangent, zero) : Value{};
  Value dy = a.needs[2] ? b.select(a.operands[0], zero, a.cotangent) : Value{};
  return {Value{}, dx, dy};
}

Attributes Convert::attributes() const { return {{"to", std::string(to_string(to))}}; }

Type Convert::infer(Types in) const {
  require_operands(in, 1);
  return in[0].with(to);
}

Tensor Convert::eval(Tensors in, const Type&) const { return in[0]->convert(to); }

Values Convert::vjp(Builder& b, const VjpArgs& a) const {
  return {b.convert(a.cotangent, b.type(a.operands[0]).element)};
}

namespace {

size_t bit_size(ElementType element) {
  return element == ElementType::i1 ? 1 : 8 * byte_size(element);
}

}  // namespace

Attributes BitcastConvert::attributes() const { return {{"to", std::string(to_string(to))}}; }

Type BitcastConvert::infer(Types in) const {
  require_operands(in, 1);
  Type result = in[0].with(to);
  auto own = static_cast<int64_t>(bit_size(in[0].element));
  auto wanted = static_cast<int64_t>(bit_size(to));
  if (wanted < own) result.shape.push_back(own / wanted);
  if (wanted > own) {
    bool fits = !result.shape.empty() && result.shape.back() * own == wanted;
    require(fits, "bitcast_convert_c1", [&] {
      return "makes a " + std::string(to_string(to)) + " of " + std::to_string(wanted / own) + " " +
             std::string(to_string(in[0].element)) +
             ", which must be the last axis; the operand is " + in[0].text();
    });
    result.shape.pop_back();
  }
  return result;
}

Tensor BitcastConvert::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  auto from = in[0]->bytes();
  auto bytes = result.bytes();
  size_t size = std::min(in[0]->type().bytes(), out.bytes());
  bool unpacks = out.element == ElementType::i1, packs = in[0]->element() == ElementType::i1;
  if (unpacks == packs) {
    std::copy_n(from.begin(), size, bytes.begin());
  } else if (unpacks) {
    for (size_t i = 0; i < out.bytes(); ++i) bytes[i] = from[i / 8] >> (i % 8) & std::byte{1};
  } else {
    for (size_t i = 0; i < in[0]->type().bytes(); ++i) bytes[i / 8] |= from[i] << (i % 8);
  }
  return result;
}

Values BitcastConvert::vjp(Builder&, const VjpArgs&) const {
  throw Error("a bitcast_convert between floats has no derivative: it moves bits, not numbers");
}

Type IsFinite::infer(Types in) const {
  require_operands(in, 1);
  require(is_float(in[0].element), "is_finite_i1", [&] {
    return "is not defined for elements of type " + std::string(to_string(in[0].element));
  });
  return in[0].with(ElementType::i1);
}

Tensor IsFinite::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  auto y = result.values<bool>();
  for (size_t i = 0; i < y.size(); ++i) y[i] = std::isfinite(in[0]->at(static_cast<int64_t>(i)));
  return result;
}

Values IsFinite::vjp(Builder&, const VjpArgs&) const { return {Value{}}; }

}  // namespace pullback
