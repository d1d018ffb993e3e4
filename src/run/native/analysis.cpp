#include "run/native/analysis.h"

#include <algorithm>
#include <limits>

#include "ir/builder.h"

namespace pullback::native {

std::vector<int> use_counts(const Graph& graph) {
  std::vector<int> uses(graph.value_count(), 0);
  for (const Instr& instr : graph.instrs) {
    for (Value v : instr.operands) ++uses[static_cast<size_t>(v.id)];
  }
  for (Value v : graph.results) ++uses[static_cast<size_t>(v.id)];
  return uses;
}

Value storage_of(const Graph& graph, Value v) {
  while (!graph.is_argument(v) && std::holds_alternative<Reshape>(graph.instr(v).op)) {
    v = graph.instr(v).operands[0];
  }
  return v;
}

std::optional<Decimal> splat_of(const Graph& graph, Value v) {
  for (;;) {
    if (graph.is_argument(v)) return {};
    const Instr& instr = graph.instr(v);
    if (auto* constant = std::get_if<Constant>(&instr.op)) {
      if (constant->is_splat()) return constant->values[0];
      return {};
    }
    bool view = std::holds_alternative<Reshape>(instr.op) ||
                std::holds_alternative<BroadcastInDim>(instr.op);
    if (!view) return {};
    v = instr.operands[0];
  }
}

std::optional<Addressing> addressing_of(const BroadcastInDim& op, const Shape& operand) {
  // Axes of extent 1 address nothing; the others must follow one another with full extents.
  Axes axes;
  int64_t count = 1;
  for (size_t d = 0; d < operand.size(); ++d) {
    int64_t axis = op.broadcast_dimensions[d];
    if (operand[d] == 1) continue;
    if (operand[d] != op.shape[static_cast<size_t>(axis)]) return {};
    axes.push_back(axis);
    count *= operand[d];
  }
  if (axes.empty()) return Addressing{.divide = 1, .period = 1};
  int64_t first = axes.front();
  for (size_t i = 1; i < axes.size(); ++i) {
    if (axes[i] <= axes[i - 1]) return {};
    for (int64_t between = axes[i - 1] + 1; between < axes[i]; ++between) {
      if (op.shape[static_cast<size_t>(between)] != 1) return {};
    }
  }
  int64_t divide = 1, leading = 1;
  for (size_t axis = 0; axis < op.shape.size(); ++axis) {
    if (static_cast<int64_t>(axis) < first) leading *= op.shape[axis];
    if (static_cast<int64_t>(axis) > axes.back()) divide *= op.shape[axis];
  }
  return Addressing{.divide = divide, .period = leading == 1 ? 0 : count};
}

std::optional<kernels::Gemm> match_gemm(const DotGeneral& op, const Shape& lhs, const Shape& rhs) {
  if (!op.lhs_batching_dimensions.empty()) return {};
  // Each operand must be [free, contracted] or [contracted, free] as a matrix, in order.
  auto matrix = [](const Shape& shape, const Axes& contracted, int64_t& free, int64_t& inner,
                   bool& inner_first) {
    if (!std::is_sorted(contracted.begin(), contracted.end())) return false;
    int64_t rank = static_cast<int64_t>(shape.size());
    int64_t count = static_cast<int64_t>(contracted.size());
    inner_first = count == 0 || contracted.front() == 0;
    bool inner_last = count == 0 || contracted.back() == rank - 1;
    if (count > 0 && contracted.back() - contracted.front() != count - 1) return false;
    if (!inner_first && !inner_last) return false;
    if (inner_last && count > 0 && !inner_first) inner_first = false;
    free = inner = 1;
    for (int64_t axis = 0; axis < rank; ++axis) {
      bool in = std::find(contracted.begin(), contracted.end(), axis) != contracted.end();
      (in ? inner : free) *= shape[static_cast<size_t>(axis)];
    }
    return true;
  };
  kernels::Gemm gemm;
  bool lhs_first = false, rhs_first = false;
  int64_t inner = 0;
  if (!matrix(lhs, op.lhs_contracting_dimensions, gemm.m, gemm.k, lhs_first) ||
      !matrix(rhs, op.rhs_contracting_dimensions, gemm.n, inner, rhs_first)) {
    return {};
  }
  // A whole-tensor contraction is a row on the left and a column on the right.
  gemm.trans_a = lhs_first && op.lhs_contracting_dimensions.size() < lhs.size();
  gemm.trans_b = !rhs_first;
  if (gemm.m == 0 || gemm.n == 0 || gemm.k == 0) return {};
  // The same order of contracted axes on both sides was ensured by both being ascending.
  return gemm;
}

namespace {

bool fits_int(std::initializer_list<int64_t> values) {
  return std::all_of(values.begin(), values.end(), [](int64_t v) {
    return v > std::numeric_limits<int>::min() / 4 && v < std::numeric_limits<int>::max() / 4;
  });
}

/// Whether the dimension numbers are exactly these.
bool numbers(const ConvolutionDimensions& n, int64_t ib, int64_t iff, Axes is, int64_t ki,
             int64_t ko, Axes ks, int64_t ob, int64_t of, Axes os) {
  return n == ConvolutionDimensions{ib, iff, is, ki, ko, ks, ob, of, os};
}

/// The operand of a reverse along both spatial axes of a kernel [h, w, …], or `v` itself.
Value reversed_kernel(const Graph& graph, Value v, bool& reversed) {
  reversed = false;
  if (graph.is_argument(v)) return v;
  const Instr& instr = graph.instr(v);
  auto* reverse = std::get_if<Reverse>(&instr.op);
  if (!reverse) return v;
  for (int64_t axis : {0, 1}) {
    bool has = std::find(reverse->dimensions.begin(), reverse->dimensions.end(), axis) !=
               reverse->dimensions.end();
    if (!has && instr.type.shape[static_cast<size_t>(axis)] > 1) return v;
  }
  if (reverse->dimensions.size() > 2) return v;
  for (int64_t axis : reverse->dimensions) {
    if (axis > 1) return v;
  }
  reversed = true;
  return instr.operands[0];
}

}  // namespace

std::optional<ConvMatch> match_convolution(const Graph& graph, const Instr& instr) {
  const auto& op = std::get<Convolution>(instr.op);
  const Shape& lhs = graph.type(instr.operands[0]).shape;
  const Shape& rhs = graph.type(instr.operands[1]).shape;
  if (lhs.size() != 4 || instr.type.element != ElementType::f32 || instr.type.count() == 0 ||
      element_count(lhs) == 0 || element_count(rhs) == 0) {
    return {};
  }
  for (const ConvolutionWindow& w : op.window) {
    if (w.reversal ||
        !fits_int({w.stride, w.padding_low, w.padding_high, w.lhs_dilation, w.rhs_dilation})) {
      return {};
    }
  }
  for (int64_t extent : lhs) {
    if (!fits_int({extent})) return {};
  }
  for (int64_t extent : rhs) {
    if (!fits_int({extent})) return {};
  }
  const ConvolutionWindow &h = op.window[0], &w = op.window[1];
  auto as_int = [](int64_t v) { return static_cast<int>(v); };
  ConvMatch match;
  kernels::Conv2d& c = match.conv;
  const ConvolutionDimensions& n = op.dimensions;
  bool plain = numbers(n, 0, 3, {1, 2}, 2, 3, {0, 1}, 0, 3, {1, 2});
  bool transposed = numbers(n, 0, 3, {1, 2}, 3, 2, {0, 1}, 0, 3, {1, 2});
  if ((plain || transposed) && op.batch_group_count == 1) {
    if (transposed && op.feature_group_count != 1) return {};
    c.in_h = as_int(lhs[1]);
    c.in_w = as_int(lhs[2]);
    c.in_c = as_int(lhs[3]);
    c.kernel_h = as_int(rhs[0]);
    c.kernel_w = as_int(rhs[1]);
    c.out_c = as_int(plain ? rhs[3] : rhs[2]);
    c.stride_h = as_int(h.stride);
    c.stride_w = as_int(w.stride);
    c.pad_top = as_int(h.padding_low);
    c.pad_bottom = as_int(h.padding_high);
    c.pad_left = as_int(w.padding_low);
    c.pad_right = as_int(w.padding_high);
    c.dilation_h = as_int(h.rhs_dilation);
    c.dilation_w = as_int(w.rhs_dilation);
    c.lhs_dilation_h = as_int(h.lhs_dilation);
    c.lhs_dilation_w = as_int(w.lhs_dilation);
    c.groups = as_int(op.feature_group_count);
    match.weights.transposed = transposed;
    match.kernel = reversed_kernel(graph, instr.operands[1], match.weights.reversed);
    return match;
  }
  // Images as features of channels, the cotangent as kernel: the kernel's gradient.
  bool gradient = numbers(n, 3, 0, {1, 2}, 0, 3, {1, 2}, 2, 3, {0, 1});
  if (gradient && op.feature_group_count == 1 && h.lhs_dilation == 1 && w.lhs_dilation == 1 &&
      rhs[0] == lhs[0]) {
    match.weights_gradient = true;
    c.groups = as_int(op.batch_group_count);  // groups of channels, which are the batch here
    c.in_h = as_int(lhs[1]);
    c.in_w = as_int(lhs[2]);
    c.in_c = as_int(lhs[3]);
    c.kernel_h = as_int(instr.type.shape[0]);
    c.kernel_w = as_int(instr.type.shape[1]);
    c.out_c = as_int(rhs[3]);
    c.stride_h = as_int(h.rhs_dilation);
    c.stride_w = as_int(w.rhs_dilation);
    c.dilation_h = as_int(h.stride);
    c.dilation_w = as_int(w.stride);
    c.pad_top = as_int(h.padding_low);
    c.pad_left = as_int(w.padding_low);
    c.pad_bottom = as_int((rhs[1] - 1) * c.stride_h + (c.kernel_h - 1) * c.dilation_h + 1 - c.in_h -
                          c.pad_top);
    c.pad_right = as_int((rhs[2] - 1) * c.stride_w + (c.kernel_w - 1) * c.dilation_w + 1 - c.in_w -
                         c.pad_left);
    match.kernel = instr.operands[1];
    return match;
  }
  return {};
}

std::optional<kernels::Pool2d> match_pool(const std::vector<WindowDimension>& window,
                                          const Shape& operand) {
  if (operand.size() != 4 || element_count(operand) == 0) return {};
  const WindowDimension one{};
  if (window[0] != one || window[3] != one) return {};
  for (const WindowDimension& w : window) {
    if (w.base_dilation != 1 ||
        !fits_int({w.size, w.stride, w.window_dilation, w.padding_low, w.padding_high})) {
      return {};
    }
  }
  auto as_int = [](int64_t v) { return static_cast<int>(v); };
  kernels::Pool2d pool;
  pool.in_h = as_int(operand[1]);
  pool.in_w = as_int(operand[2]);
  pool.channels = as_int(operand[3]);
  pool.window_h = as_int(window[1].size);
  pool.window_w = as_int(window[2].size);
  pool.stride_h = as_int(window[1].stride);
  pool.stride_w = as_int(window[2].stride);
  pool.pad_top = as_int(window[1].padding_low);
  pool.pad_bottom = as_int(window[1].padding_high);
  pool.pad_left = as_int(window[2].padding_low);
  pool.pad_right = as_int(window[2].padding_high);
  pool.dilation_h = as_int(window[1].window_dilation);
  pool.dilation_w = as_int(window[2].window_dilation);
  if (pool.out_h() < 1 || pool.out_w() < 1) return {};
  return pool;
}

}  // namespace pullback::native
