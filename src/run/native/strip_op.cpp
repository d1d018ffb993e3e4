#include "run/native/unit.h"

/// Which instruction of the strip machine an op is.
namespace pullback::native {

using kernels::StripOp;

namespace {

template <class T>
bool is(const Op& op) {
  return std::holds_alternative<T>(op);
}

std::optional<StripOp> special_op(const Op& op) {
  if (is<ExponentialMinusOne>(op)) return StripOp::exponential_minus_one;
  if (is<LogPlusOne>(op)) return StripOp::log_plus_one;
  if (is<Cbrt>(op)) return StripOp::cbrt;
  if (is<Tan>(op)) return StripOp::tan;
  if (is<Floor>(op)) return StripOp::floor;
  if (is<Ceil>(op)) return StripOp::ceil;
  if (is<RoundNearestAfz>(op)) return StripOp::round_afz;
  if (is<RoundNearestEven>(op)) return StripOp::round_even;
  if (is<Sign>(op)) return StripOp::sign;
  if (is<Erf>(op)) return StripOp::erf;
  if (is<Erfc>(op)) return StripOp::erfc;
  if (is<Atan>(op)) return StripOp::atan;
  if (is<Asin>(op)) return StripOp::asin;
  if (is<Acos>(op)) return StripOp::acos;
  if (is<Sinh>(op)) return StripOp::sinh;
  if (is<Cosh>(op)) return StripOp::cosh;
  if (is<Asinh>(op)) return StripOp::asinh;
  if (is<Acosh>(op)) return StripOp::acosh;
  if (is<Atanh>(op)) return StripOp::atanh;
  return {};
}

std::optional<StripOp> float_op(const Op& op) {
  if (is<Abs>(op)) return StripOp::abs;
  if (is<Negate>(op)) return StripOp::negate;
  if (is<Exponential>(op)) return StripOp::exponential;
  if (is<Log>(op)) return StripOp::log;
  if (is<Logistic>(op)) return StripOp::logistic;
  if (is<Tanh>(op)) return StripOp::tanh;
  if (is<Sqrt>(op)) return StripOp::sqrt;
  if (is<Rsqrt>(op)) return StripOp::rsqrt;
  if (is<Sine>(op)) return StripOp::sine;
  if (is<Cosine>(op)) return StripOp::cosine;
  if (is<Add>(op)) return StripOp::add;
  if (is<Subtract>(op)) return StripOp::subtract;
  if (is<Multiply>(op)) return StripOp::multiply;
  if (is<Divide>(op)) return StripOp::divide;
  if (is<Maximum>(op)) return StripOp::maximum;
  if (is<Minimum>(op)) return StripOp::minimum;
  if (is<Power>(op)) return StripOp::power;
  if (is<Remainder>(op)) return StripOp::remainder;
  if (is<Atan2>(op)) return StripOp::atan2;
  if (is<Clamp>(op)) return StripOp::clamp;
  return special_op(op);
}

std::optional<StripOp> integer_op(const Op& op) {
  if (is<Add>(op)) return StripOp::add_i32;
  if (is<Subtract>(op)) return StripOp::subtract_i32;
  if (is<Multiply>(op)) return StripOp::multiply_i32;
  if (is<Maximum>(op)) return StripOp::maximum_i32;
  if (is<Minimum>(op)) return StripOp::minimum_i32;
  if (is<And>(op)) return StripOp::logical_and;
  if (is<Or>(op)) return StripOp::logical_or;
  if (is<Xor>(op)) return StripOp::logical_xor;
  if (is<Not>(op)) return StripOp::logical_not;
  return {};
}

std::optional<StripOp> mask_op(const Op& op) {
  if (is<Add>(op) || is<Or>(op) || is<Maximum>(op)) return StripOp::logical_or;
  if (is<Multiply>(op) || is<And>(op) || is<Minimum>(op)) return StripOp::logical_and;
  if (is<Not>(op)) return StripOp::logical_not;
  if (is<Xor>(op)) return StripOp::logical_xor;
  return {};
}

StripOp compare_op(Direction direction, bool integers) {
  switch (direction) {
    case Direction::eq:
      return integers ? StripOp::equal_i32 : StripOp::equal;
    case Direction::ne:
      return integers ? StripOp::not_equal_i32 : StripOp::not_equal;
    case Direction::lt:
      return integers ? StripOp::less_i32 : StripOp::less;
    case Direction::le:
      return integers ? StripOp::less_equal_i32 : StripOp::less_equal;
    case Direction::gt:
      return integers ? StripOp::greater_i32 : StripOp::greater;
    case Direction::ge:
      return integers ? StripOp::greater_equal_i32 : StripOp::greater_equal;
  }
  PULLBACK_CHECK(false, "direction");
}

std::optional<StripOp> convert_op(ElementType from, ElementType to) {
  using E = ElementType;
  if (from == to) return StripOp::copy;
  if (from == E::i32 && to == E::f32) return StripOp::i32_to_f32;
  if (from == E::i1 && to == E::f32) return StripOp::mask_to_f32;
  if (from == E::i1 && to == E::i32) return StripOp::mask_to_i32;
  if (from == E::f32 && to == E::i1) return StripOp::f32_to_mask;
  if (from == E::i32 && to == E::i1) return StripOp::i32_to_mask;
  return {};  // f32 to i32 saturates in the reference
}

}  // namespace

std::optional<StripOp> strip_op_of(const Graph& graph, const Instr& instr) {
  ElementType out = instr.type.element;
  if (!in_strips(out) || instr.type.count() == 0) return {};
  if (auto* compare = std::get_if<Compare>(&instr.op)) {
    ElementType in = graph.type(instr.operands[0]).element;
    if (in != ElementType::f32 && in != ElementType::i32) return {};
    return compare_op(compare->direction, in == ElementType::i32);
  }
  if (is<Select>(instr.op)) return StripOp::select;
  if (is<IsFinite>(instr.op)) {
    bool known = graph.type(instr.operands[0]).element == ElementType::f32;
    return known ? std::optional(StripOp::is_finite) : std::nullopt;
  }
  if (auto* convert = std::get_if<Convert>(&instr.op)) {
    return convert_op(graph.type(instr.operands[0]).element, convert->to);
  }
  if (out == ElementType::f32) return float_op(instr.op);
  return out == ElementType::i32 ? integer_op(instr.op) : mask_op(instr.op);
}

}  // namespace pullback::native
