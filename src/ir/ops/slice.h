#pragma once

#include "ir/ops/op.h"

/// Ops that cut and join: slice, pad, concatenate. Linear; slice and pad mirror each other.
namespace pullback {

/// result[i] = operand[start_indices + i · strides]. Adjoint: pad with interior strides - 1.
struct Slice {
  static constexpr OpInfo info{
      .name = "slice", .trick = Trick::linear, .equation = "y[i] = x[start + i · stride]"};
  std::vector<int64_t> start_indices, limit_indices, strides;

  Attributes attributes() const;
  Type infer(Types in) const;  // slice_c2, c3, c4
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Slice&) const = default;
};

/// Operands (operand, padding_value). result[edge_low + i · (interior + 1)] = operand[i], elsewhere
/// the scalar padding_value; negative edges cut. Adjoint: slice; for the value, the sum of the
/// rest.
struct Pad {
  static constexpr OpInfo info{.name = "pad",
                               .trick = Trick::linear,
                               .equation = "y[low + i · (interior + 1)] = x[i], else v"};
  std::vector<int64_t> edge_padding_low, edge_padding_high, interior_padding;

  Attributes attributes() const;
  Type infer(Types in) const;  // pad_c1 to c4
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Pad&) const = default;
};

/// The operands one after the other along `dimension`. Adjoint: slices.
struct Concatenate {
  static constexpr OpInfo info{.name = "concatenate",
                               .trick = Trick::linear,
                               .equation = "y = x1 ++ x2 ++ … along dimension"};
  int64_t dimension = 0;

  Attributes attributes() const;
  Type infer(Types in) const;  // concatenate_c1 to c6
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Concatenate&) const = default;
};

}  // namespace pullback
