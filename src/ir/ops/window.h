#pragma once

#include "ir/ops/op.h"
#include "ir/ops/reduce.h"

/// Sliding-window reductions (pooling) and the scatter that max-pooling's cotangent needs.
namespace pullback {

/// One dimension of a sliding window.
struct WindowDimension {
  int64_t size = 1, stride = 1;
  int64_t base_dilation = 1, window_dilation = 1;
  int64_t padding_low = 0, padding_high = 0;
  bool operator==(const WindowDimension&) const = default;
};

/// result[o] = Σ or max over the window at o of the padded, dilated operand; the padding holds the
/// reduction's identity. Adjoint of add: the same with the cotangent padded and dilated; of max:
/// select_and_scatter (the first maximum gets the cotangent).
struct ReduceWindow {
  static constexpr OpInfo info{.name = "reduce_window",
                               .trick = Trick::selection,
                               .equation = "y[o] = Σ or max over window(o) of x"};
  Reduction kind = Reduction::max;
  std::vector<WindowDimension> window;

  Attributes attributes() const;
  Type infer(Types in) const;  // reduce_window_c4 to c15
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const ReduceWindow&) const = default;
};

/// Operands (operand, source). result[i] = Σ of source[o] over the windows o whose first maximum is
/// at i (select GE, scatter add, initial value 0). No dilation.
struct SelectAndScatter {
  static constexpr OpInfo info{.name = "select_and_scatter",
                               .trick = Trick::selection,
                               .equation = "y[i] = Σ of ct[o] where i = argmax window(o)"};
  std::vector<WindowDimension> window;

  Attributes attributes() const;
  Type infer(Types in) const;  // select_and_scatter_c1 to c11
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const SelectAndScatter&) const = default;
};

}  // namespace pullback
