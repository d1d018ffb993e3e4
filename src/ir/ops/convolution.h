#pragma once

#include "ir/ops/op.h"

/// N-dimensional convolution (cross-correlation unless reversed).
namespace pullback {

/// Which axis of each tensor is what; the spatial lists have one entry per window dimension.
struct ConvolutionDimensions {
  int64_t input_batch = 0, input_feature = 0;
  Axes input_spatial;
  int64_t kernel_input_feature = 0, kernel_output_feature = 0;
  Axes kernel_spatial;
  int64_t output_batch = 0, output_feature = 0;
  Axes output_spatial;
  bool operator==(const ConvolutionDimensions&) const = default;
};

/// One spatial dimension of the window.
struct ConvolutionWindow {
  int64_t stride = 1;
  int64_t padding_low = 0, padding_high = 0;  ///< may be negative
  int64_t lhs_dilation = 1, rhs_dilation = 1;
  bool reversal = false;
  bool operator==(const ConvolutionWindow&) const = default;
};

/// Per window dimension: o · stride + k · rhs_dilation - padding_low = i · lhs_dilation; sums over
/// the kernel and the input features of the group. A sparse Toeplitz matrix: the input's cotangent
/// is a convolution with the reversed kernel, the kernel's a convolution of input and cotangent.
struct Convolution {
  static constexpr OpInfo info{
      .name = "convolution",
      .trick = Trick::toeplitz,
      .equation = "z[n, o, f] = Σ_k,c x[n, o · s + k · d - p, c] · w[k, c, f]"};
  ConvolutionDimensions dimensions;
  std::vector<ConvolutionWindow> window;
  int64_t feature_group_count = 1, batch_group_count = 1;

  Attributes attributes() const;
  Type infer(Types in) const;  // convolution_c2 to c26
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Convolution&) const = default;
};

}  // namespace pullback
