#include "ir/ops/convolution.h"

#include <algorithm>
#include <memory>
#include <span>

#include "base/text.h"
#include "ir/builder.h"
#include "ir/ops/axes.h"
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

/// The window is the kernel's spatial extents. The specification counts windows in c25 alone;
/// StableHLO's verifier refuses one without elements.
void check_kernel(const ConvolutionDimensions& n, const Shape& rhs) {
  for (size_t d = 0; d < n.kernel_spatial.size(); ++d) {
    require_positive(at(rhs, n.kernel_spatial[d]), "the kernel's extent", d, "convolution_c25");
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
  if constexpr (std::is_same_v<T, bool>) return sum | (x & y);
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<uint64_t>(sum) +
                          static_cast<uint64_t>(x) * static_cast<uint64_t>(y));
  } else {
    return sum + x * y;
  }
}

/// sums[f] = Σ over the taps and `channels` input features c of x[tap, c] · w[tap, c, f].
template <class T>
void sum_products(std::span<T> sums, const T* x, const T* w, const std::vector<Tap>& taps,
                  int64_t channels, const ByRole& x_strides, const ByRole& w_strides) {
  std::fill(sums.begin(), sums.end(), T{});
  int64_t count = static_cast<int64_t>(sums.size()), step = w_strides.batch;
  T* sum = sums.data();
  for (const Tap& tap : taps) {
    for (int64_t c = 0; c < channels; ++c) {
      T x_c = x[tap.input + c * x_strides.feature];
      const T* w_c = w + tap.window + c * w_strides.feature;
      for (int64_t f = 0; f < count; ++f) sum[f] = multiply_add(sum[f], x_c, w_c[f * step]);
    }
  }
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
  auto memory = std::make_unique<T[]>(static_cast<size_t>(group));
  std::span<T> sums(memory.get(), static_cast<size_t>(group));
  do {
    taps_at(sliding, x.spatial, w.spatial, o, taps);
    T* at_o = output;
    for (size_t d = 0; d < o.size(); ++d) at_o += o[d] * z.spatial[d];
    for (int64_t b = 0; b < extent.batch; ++b) {
      for (int64_t first = 0; first < extent.feature; first += group) {
        sum_products<T>(sums, input + b * x.batch + first / group * group_shift,
                        kernel + first * w.batch, taps, channels, x, w);
        T* to = at_o + b * z.batch + first * z.feature;
        for (T sum : sums) {
          *to = sum;
          to += z.feature;
        }
      }
    }
  } while (next_index(o, extent.spatial));
}

}  // namespace

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
  check_kernel(dimensions, rhs.shape);
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
  require_shape(shape, "convolution_c25");
  return lhs.with(shape);
}

Tensor Convolution::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  if (result.count() == 0) return result;
  dispatch(out.element, [&]<class T>() { convolve<T>(*this, *in[0], *in[1], result); });
  return result;
}

}  // namespace pullback
