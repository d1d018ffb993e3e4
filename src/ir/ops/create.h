#pragma once

#include "ir/ops/op.h"

/// Ops without operands.
namespace pullback {

/// y = the given values, exact decimals; a single one stands for all elements.
struct Constant {
  static constexpr OpInfo info{
      .name = "constant", .trick = Trick::constant, .equation = "y[i] = value[i]"};
  Type type;
  std::vector<Decimal> values;  ///< one, or as many as the type has elements, row-major

  bool is_splat() const { return values.size() == 1; }

  Attributes attributes() const;
  Type infer(Types in) const;  // constant_c1
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Constant&) const = default;
};

/// y[i] = i[dimension].
struct Iota {
  static constexpr OpInfo info{
      .name = "iota", .trick = Trick::constant, .equation = "y[i] = i[dimension]"};
  Type type;
  int64_t dimension = 0;

  Attributes attributes() const;
  Type infer(Types in) const;  // iota_c1
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Iota&) const = default;
};

}  // namespace pullback
