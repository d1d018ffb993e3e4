#pragma once

#include "ir/ops/op.h"

/// Comparison, selection by a mask, and conversion between element types, by value and by bits.
namespace pullback {

enum class Direction : uint8_t { eq, ne, ge, gt, le, lt };
/// "EQ", "NE", …
std::string_view to_string(Direction direction);

/// z[i] = x[i] <direction> y[i], an i1; locally constant off a tie. With NaN all but NE are false.
struct Compare {
  static constexpr OpInfo info{
      .name = "compare", .trick = Trick::constant, .equation = "z[i] = x[i] ? y[i]"};
  Direction direction = Direction::eq;

  Attributes attributes() const;
  Type infer(Types in) const;  // compare_c1, c2
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Compare&) const = default;
};

/// z[i] = p[i] ? x[i] : y[i]; p is an i1 of the same shape or a scalar.
struct Select {
  static constexpr OpInfo info{
      .name = "select", .trick = Trick::selection, .equation = "z[i] = p[i] ? x[i] : y[i]"};

  Attributes attributes() const { return {}; }
  Type infer(Types in) const;  // select_c1, c2
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Select&) const = default;
};

/// y[i] = x[i] in another element type. Between floats it is the identity; to or from an integer it
/// is locally constant.
struct Convert {
  static constexpr OpInfo info{
      .name = "convert", .trick = Trick::diagonal, .equation = "y[i] = x[i]"};
  ElementType to = ElementType::f32;

  Attributes attributes() const;
  Type infer(Types in) const;  // convert_c1
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Convert&) const = default;
};

/// y is x's bits, read in another element type. One of fewer bits adds an axis, last, with the
/// parts of an element from its lowest bits on; one of more bits takes such an axis away. An i1 is
/// a bit.
struct BitcastConvert {
  static constexpr OpInfo info{
      .name = "bitcast_convert",
      .trick = Trick::constant,
      .equation = "bits(y[i]) = bits(x[i])",
      .outside =
          "bits are not a thing that numbers over the reals have; take what is made of them "
          "as an argument instead"};
  ElementType to = ElementType::f32;

  Attributes attributes() const;
  Type infer(Types in) const;  // bitcast_convert_c1
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const BitcastConvert&) const = default;
};

/// y[i] = x[i] is neither infinite nor NaN, an i1; of real numbers all are.
struct IsFinite {
  static constexpr OpInfo info{
      .name = "is_finite", .trick = Trick::constant, .equation = "y[i] = x[i] is finite"};

  Attributes attributes() const { return {}; }
  Type infer(Types in) const;
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const IsFinite&) const = default;
};

}  // namespace pullback
