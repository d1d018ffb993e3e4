#include <algorithm>

#include "ir/builder.h"
#include "ir/ops/convolution.h"
#include "ir/ops/sliding.h"

/// Convolution's adjoints: convolutions again, by the window's equation (sliding.h) solved for the
/// input's or for the kernel's index.
namespace pullback {

namespace {

int64_t at(const Shape& shape, int64_t axis) { return shape[static_cast<size_t>(axis)]; }

/// Splits axis `a` into [groups, s], swaps s with axis `c`, and merges again: [groups · s, n] at
/// (a, c) becomes [groups · n, s]. Nothing to do where s = n = 1.
Value regroup(Builder& b, Value x, int64_t a, int64_t c, int64_t groups) {
  Shape merged = b.shape(x);
  int64_t s = at(merged, a) / groups, n = at(merged, c);
  if (s == 1 && n == 1) return x;
  Shape split = merged;
  split[static_cast<size_t>(a)] = groups;
  split.insert(split.begin() + a + 1, s);
  Value parts = b.reshape(x, split);
  Axes permutation = other_axes(static_cast<int64_t>(split.size()), {});
  std::swap(permutation[static_cast<size_t>(a + 1)],
            permutation[static_cast<size_t>(c > a ? c + 1 : c)]);
  Value swapped = b.transpose(parts, permutation);
  merged[static_cast<size_t>(a)] = groups * n;
  merged[static_cast<size_t>(c)] = s;
  return b.reshape(swapped, merged);
}

/// The kernel reversed along the spatial axes whose window is (or is not) reversed; an axis of
/// extent 1 needs none.
Value reverse_kernel(Builder& b, Value kernel, const Convolution& op, bool reversal) {
  Axes axes;
  for (size_t d = 0; d < op.window.size(); ++d) {
    int64_t axis = op.dimensions.kernel_spatial[d];
    if (op.window[d].reversal == reversal && at(b.shape(kernel), axis) > 1) axes.push_back(axis);
  }
  std::sort(axes.begin(), axes.end());
  return axes.empty() ? kernel : b.reverse(kernel, axes);
}

/// The padding above that makes `sliding` have `outputs` outputs, the last window ending with it.
int64_t padding_for(const Sliding& sliding, int64_t outputs) {
  return dilated(sliding.window, sliding.window_dilation) + (outputs - 1) * sliding.stride -
         sliding.padding_low - dilated(sliding.input, sliding.base_dilation);
}

ConvolutionWindow window_of(Sliding sliding, int64_t outputs) {
  return {.stride = sliding.stride,
          .padding_low = sliding.padding_low,
          .padding_high = padding_for(sliding, outputs),
          .lhs_dilation = sliding.base_dilation,
          .rhs_dilation = sliding.window_dilation};
}

/// The equation of the window solved for i: with the kernel reversed, k = window - 1 - k',
///   i · base_dilation + k' · window_dilation - low' = o · stride,
/// where low' = (window - 1) · window_dilation - low.
Value input_cotangent(Builder& b, const VjpArgs& a, const Convolution& op) {
  const ConvolutionDimensions& n = op.dimensions;
  const Shape &lhs = b.shape(a.operands[0]), &rhs = b.shape(a.operands[1]);
  bool grouped = op.feature_group_count > 1 || op.batch_group_count > 1;
  Convolution adjoint{
      .dimensions = {.input_batch = n.output_batch,
                     .input_feature = n.output_feature,
                     .input_spatial = n.output_spatial,
                     .kernel_input_feature = n.kernel_output_feature,
                     .kernel_output_feature = n.kernel_input_feature,
                     .kernel_spatial = n.kernel_spatial,
                     .output_batch = n.input_batch,
                     .output_feature = n.input_feature,
                     .output_spatial = n.input_spatial},
      .window = {},
      .feature_group_count = std::max(op.feature_group_count, op.batch_group_count)};
  for (const Sliding& s : slidings(op, lhs, rhs)) {
    Sliding t{.input = s.count(),
              .window = s.window,
              .stride = s.base_dilation,
              .base_dilation = s.stride,
              .window_dilation = s.window_dilation,
              .padding_low = (s.window - 1) * s.window_dilation - s.padding_low};
    adjoint.window.push_back(window_of(t, s.input));
  }
  Value kernel = a.operands[1];
  if (grouped) {
    // Within each group input and output features change places; the axes keep their roles.
    kernel = regroup(b, kernel, n.kernel_output_feature, n.kernel_input_feature,
                     adjoint.feature_group_count);
    std::swap(adjoint.dimensions.kernel_input_feature, adjoint.dimensions.kernel_output_feature);
  }
  kernel = reverse_kernel(b, kernel, op, false);
  if (op.batch_group_count == 1) return b.emit(adjoint, {a.cotangent, kernel});
  // The groups come out as features; they belong to the batch.
  std::swap(adjoint.dimensions.output_batch, adjoint.dimensions.output_feature);
  Value groups = b.emit(adjoint, {a.cotangent, kernel});
  return regroup(b, groups, n.input_batch, n.input_feature, op.batch_group_count);
}

/// The equation solved for k: the cotangent is the kernel that slides over the input,
///   k · window_dilation + o · stride - low = i · base_dilation.
/// Batch and features exchange roles, and so do batch groups and feature groups.
Value kernel_cotangent(Builder& b, const VjpArgs& a, const Convolution& op) {
  const ConvolutionDimensions& n = op.dimensions;
  Convolution adjoint{.dimensions = {.input_batch = n.input_feature,
                                     .input_feature = n.input_batch,
                                     .input_spatial = n.input_spatial,
                                     .kernel_input_feature = n.output_batch,
                                     .kernel_output_feature = n.output_feature,
                                     .kernel_spatial = n.output_spatial,
                                     .output_batch = n.kernel_input_feature,
                                     .output_feature = n.kernel_output_feature,
                                     .output_spatial = n.kernel_spatial},
                      .window = {},
                      .feature_group_count = op.batch_group_count,
                      .batch_group_count = op.feature_group_count};
  for (const Sliding& s : slidings(op, b.shape(a.operands[0]), b.shape(a.operands[1]))) {
    Sliding t{.input = s.input,
              .window = s.count(),
              .stride = s.window_dilation,
              .base_dilation = s.base_dilation,
              .window_dilation = s.stride,
              .padding_low = s.padding_low};
    adjoint.window.push_back(window_of(t, s.window));
  }
  Value kernel = b.emit(adjoint, {a.operands[0], a.cotangent});
  return reverse_kernel(b, kernel, op, true);
}

}  // namespace

Values Convolution::vjp(Builder& b, const VjpArgs& a) const {
  Value lhs = a.operands[0], rhs = a.operands[1];
  if (b.type(lhs).count() == 0 || b.type(rhs).count() == 0 || b.type(a.result).count() == 0) {
    // Empty sums.
    Value d_lhs = a.needs[0] ? b.constant(b.type(lhs), 0) : Value{};
    Value d_rhs = a.needs[1] ? b.constant(b.type(rhs), 0) : Value{};
    return {d_lhs, d_rhs};
  }
  Value d_lhs = a.needs[0] ? input_cotangent(b, a, *this) : Value{};
  Value d_rhs = a.needs[1] ? kernel_cotangent(b, a, *this) : Value{};
  return {d_lhs, d_rhs};
}

}  // namespace pullback
