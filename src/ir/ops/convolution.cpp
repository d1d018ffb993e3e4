#include "ir/ops/convolution.h"

#include <algorithm>

#include "base/text.h"
#include "ir/builder.h"
#include "ir/ops/sliding.h"

namespace pullback {

namespace {

int64_t at(const std::vector<int64_t>& list, int64_t axis) {
  return list[static_cast<size_t>(axis)];
}

/// "[b, 0, 1, f]": the role of each axis.
std::string roles(int64_t first, char first_role, int64_t second, char second_role,
                  const Axes& spatial) {
  std::vector<std::string> names(spatial.size() + 2, "?");
  auto name = [&](int64_t axis, std::string role) {
    if (axis >= 0 && axis < static_cast<int64_t>(names.size())) {
      names[static_cast<size_t>(axis)] = std::move(role);
    }
  };
  name(first, std::string(1, first_role));
  name(second, std::string(1, second_role));
  for (size_t d = 0; d < spatial.size(); ++d) name(spatial[d], std::to_string(d));
  return "[" + join(names) + "]";
}

std::string text(const ConvolutionDimensions& n) {
  return roles(n.input_batch, 'b', n.input_feature, 'f', n.input_spatial) + "x" +
         roles(n.kernel_input_feature, 'i', n.kernel_output_feature, 'o', n.kernel_spatial) + "->" +
         roles(n.output_batch, 'b', n.output_feature, 'f', n.output_spatial);
}

/// c13, c18, c20: `first`, `second` and `spatial` name each axis of the tensor once.
void require_axes(std::string_view tensor, int64_t rank, int64_t first, int64_t second,
                  const Axes& spatial, std::string_view clause) {
  Axes axes = spatial;
  axes.insert(axes.end(), {first, second});
  std::sort(axes.begin(), axes.end());
  Axes all = other_axes(rank, {});
  require(axes == all, clause, [&] {
    return "the dimension numbers of the " + std::string(tensor) + " are axes " + join(axes) +
           "; each of " + join(all) + " must occur exactly once";
  });
}

void require_spatial(std::string_view tensor, const Axes& spatial, int64_t rank,
                     std::string_view clause) {
  require(static_cast<int64_t>(spatial.size()) == rank - 2, clause, [&] {
    return "has " + std::to_string(spatial.size()) + " spatial dimensions of the " +
           std::string(tensor) + ", but operands of rank " + std::to_string(rank) + " have " +
           std::to_string(rank - 2);
  });
}

void check_dimensions(const ConvolutionDimensions& n, int64_t rank) {
  require_spatial("input", n.input_spatial, rank, "convolution_c12");
  require_axes("input", rank, n.input_batch, n.input_feature, n.input_spatial, "convolution_c13");
  require_spatial("kernel", n.kernel_spatial, rank, "convolution_c17");
  require_axes("kernel", rank, n.kernel_input_feature, n.kernel_output_feature, n.kernel_spatial,
               "convolution_c18");
  require_spatial("output", n.output_spatial, rank, "convolution_c19");
  require_axes("output", rank, n.output_batch, n.output_feature, n.output_spatial,
               "convolution_c20");
}

void require_positive(int64_t value, std::string_view name, size_t dimension,
                      std::string_view clause) {
  require(value > 0, clause, [&] {
    return std::string(name) + " is " + std::to_string(value) + " in spatial dimension " +
           std::to_string(dimension) + "; it must be at least 1";
  });
}

void check_window(const std::vector<ConvolutionWindow>& window, int64_t rank) {
  // One entry holds stride, padding, dilations and reversal: c2 is c4, c5, c7 and c9 too.
  require(static_cast<int64_t>(window.size()) == rank - 2, "convolution_c2", [&] {
    return "has " + std::to_string(window.size()) + " window dimensions, but operands of rank " +
           std::to_string(rank) + " have " + std::to_string(rank - 2) + " spatial dimensions";
  });
  for (size_t d = 0; d < window.size(); ++d) {
    require_positive(window[d].stride, "the stride", d, "convolution_c3");
    require_positive(window[d].lhs_dilation, "lhs_dilation", d, "convolution_c6");
    require_positive(window[d].rhs_dilation, "rhs_dilation", d, "convolution_c8");
  }
}

void require_divides(int64_t count, std::string_view count_name, int64_t extent,
                     std::string_view extent_name, std::string_view clause) {
  require(extent % count == 0, clause, [&] {
    return std::string(extent_name) + " " + std::to_string(extent) + " is not divisible by " +
           std::string(count_name) + " " + std::to_string(count);
  });
}

void check_groups(const Convolution& op, const Shape& lhs, const Shape& rhs) {
  int64_t features = op.feature_group_count, batches = op.batch_group_count;
  require(features > 0, "convolution_c21", [&] {
    return "feature_group_count is " + std::to_string(features) + "; it must be at least 1";
  });
  require(batches > 0, "convolution_c22", [&] {
    return "batch_group_count is " + std::to_string(batches) + "; it must be at least 1";
  });
  require(features == 1 || batches == 1, "convolution_c23", [&] {
    return "feature_group_count " + std::to_string(features) + " and batch_group_count " +
           std::to_string(batches) + " exclude each other: one must be 1";
  });
  const ConvolutionDimensions& n = op.dimensions;
  int64_t batch = at(lhs, n.input_batch), channels = at(lhs, n.input_feature);
  int64_t inputs = at(rhs, n.kernel_input_feature), outputs = at(rhs, n.kernel_output_feature);
  require_divides(batches, "batch_group_count", batch, "the batch", "convolution_c10");
  require_divides(features, "feature_group_count", channels, "the count of input features",
                  "convolution_c11");
  require(inputs == channels / features, "convolution_c14", [&] {
    return "the kernel takes " + std::to_string(inputs) + " input features (axis " +
           std::to_string(n.kernel_input_feature) + "), but the input has " +
           std::to_string(channels) + " (axis " + std::to_string(n.input_feature) + ") in " +
           std::to_string(features) + " feature groups: " + std::to_string(channels / features) +
           " are needed; are the dimension numbers " + text(n) + " meant?";
  });
  require_divides(batches, "batch_group_count", outputs, "the kernel's count of output features",
                  "convolution_c15");
  require_divides(features, "feature_group_count", outputs, "the kernel's count of output features",
                  "convolution_c16");
}

std::vector<Sliding> slidings(const Convolution& op, const Shape& lhs, const Shape& rhs) {
  std::vector<Sliding> result;
  for (size_t d = 0; d < op.window.size(); ++d) {
    const ConvolutionWindow& w = op.window[d];
    result.push_back({.input = at(lhs, op.dimensions.input_spatial[d]),
                      .window = at(rhs, op.dimensions.kernel_spatial[d]),
                      .stride = w.stride,
                      .base_dilation = w.lhs_dilation,
                      .window_dilation = w.rhs_dilation,
                      .padding_low = w.padding_low,
                      .padding_high = w.padding_high,
                      .reversal = w.reversal});
  }
  return result;
}

/// One number per axis, by the axis's role.
struct ByRole {
  int64_t batch, feature;  ///< of a kernel: output feature, input feature
  Shape spatial;

  ByRole(const Shape& values, int64_t batch_axis, int64_t feature_axis, const Axes& spatial_axes)
      : batch(at(values, batch_axis)), feature(at(values, feature_axis)) {
    for (int64_t axis : spatial_axes) spatial.push_back(at(values, axis));
  }
};

template <class T>
T multiply_add(T sum, T x, T y) {
  if constexpr (std::is_same_v<T, uint8_t>) return sum | (x & y);
  if constexpr (std::is_same_v<T, int32_t>) {
    return static_cast<T>(static_cast<uint32_t>(sum) +
                          static_cast<uint32_t>(x) * static_cast<uint32_t>(y));
  } else {
    return sum + x * y;
  }
}

/// Σ over the taps and `channels` input features, which lie x_step and w_step apart.
template <class T>
T dot(const T* x, const T* w, const std::vector<Tap>& taps, int64_t channels, int64_t x_step,
      int64_t w_step) {
  T sum{};
  for (const Tap& tap : taps) {
    const T* p = x + tap.input;
    const T* q = w + tap.window;
    for (int64_t c = 0; c < channels; ++c) sum = multiply_add(sum, p[c * x_step], q[c * w_step]);
  }
  return sum;
}

template <class T>
void convolve(const Convolution& op, const Tensor& lhs, const Tensor& rhs, Tensor& result) {
  const ConvolutionDimensions& n = op.dimensions;
  ByRole x(strides_of(lhs.shape()), n.input_batch, n.input_feature, n.input_spatial);
  ByRole w(strides_of(rhs.shape()), n.kernel_output_feature, n.kernel_input_feature,
           n.kernel_spatial);
  ByRole z(strides_of(result.shape()), n.output_batch, n.output_feature, n.output_spatial);
  ByRole extent(result.shape(), n.output_batch, n.output_feature, n.output_spatial);
  int64_t channels = at(rhs.shape(), n.kernel_input_feature);
  // How far a group of output features shifts the input it reads.
  int64_t group = extent.feature / std::max(op.feature_group_count, op.batch_group_count);
  int64_t group_shift = op.batch_group_count > 1 ? extent.batch * x.batch : channels * x.feature;

  auto sliding = slidings(op, lhs.shape(), rhs.shape());
  const T* input = lhs.values<T>().data();
  const T* kernel = rhs.values<T>().data();
  T* output = result.values<T>().data();
  std::vector<int64_t> o(sliding.size(), 0);
  std::vector<Tap> taps;
  do {
    taps_at(sliding, x.spatial, w.spatial, o, taps);
    T* at_o = output;
    for (size_t d = 0; d < o.size(); ++d) at_o += o[d] * z.spatial[d];
    for (int64_t b = 0; b < extent.batch; ++b) {
      for (int64_t f = 0; f < extent.feature; ++f) {
        at_o[b * z.batch + f * z.feature] =
            dot(input + b * x.batch + f / group * group_shift, kernel + f * w.batch, taps, channels,
                x.feature, w.feature);
      }
    }
  } while (next_index(o, extent.spatial));
}

}  // namespace

Attributes Convolution::attributes() const {
  std::vector<int64_t> strides, lhs_dilation, rhs_dilation, reversal;
  std::vector<std::pair<int64_t, int64_t>> padding;
  for (const ConvolutionWindow& w : window) {
    strides.push_back(w.stride);
    padding.emplace_back(w.padding_low, w.padding_high);
    lhs_dilation.push_back(w.lhs_dilation);
    rhs_dilation.push_back(w.rhs_dilation);
    reversal.push_back(w.reversal);
  }
  return {{"window_strides", strides},
          {"padding", padding},
          {"lhs_dilation", lhs_dilation},
          {"rhs_dilation", rhs_dilation},
          {"window_reversal", reversal},
          {"dimension_numbers", text(dimensions)},
          {"feature_group_count", feature_group_count},
          {"batch_group_count", batch_group_count}};
}

Type Convolution::infer(Types in) const {
  require_operands(in, 2);
  const Type &lhs = in[0], &rhs = in[1];
  int64_t rank = lhs.rank();
  require(rank == rhs.rank(), "convolution_c1", [&] {
    return "the operands have different ranks: " + lhs.text() + " and " + rhs.text();
  });
  require(rank >= 2, "convolution_c1", [&] {
    return "operands of rank " + std::to_string(rank) + " have no batch and feature axes";
  });
  require(lhs.element == rhs.element, "convolution_c27", [&] {
    return "the operands have different element types: " + lhs.text() + " and " + rhs.text() +
           "; convert one of them first";
  });
  check_window(window, rank);
  check_dimensions(dimensions, rank);
  check_groups(*this, lhs.shape, rhs.shape);
  // c25, c26
  Shape shape(lhs.shape.size());
  auto extent = [&](int64_t axis) -> int64_t& { return shape[static_cast<size_t>(axis)]; };
  extent(dimensions.output_batch) = at(lhs.shape, dimensions.input_batch) / batch_group_count;
  extent(dimensions.output_feature) = at(rhs.shape, dimensions.kernel_output_feature);
  auto sliding = slidings(*this, lhs.shape, rhs.shape);
  for (size_t d = 0; d < sliding.size(); ++d) {
    extent(dimensions.output_spatial[d]) = sliding[d].count();
  }
  return lhs.with(shape);
}

Tensor Convolution::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  if (result.count() == 0) return result;
  dispatch(out.element, [&]<class T>() { convolve<T>(*this, *in[0], *in[1], result); });
  return result;
}

namespace {

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
///   i · base_dilation + k' · window_dilation - ((window - 1) · window_dilation - low) = o ·
///   stride.
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
