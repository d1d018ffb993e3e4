#include "ir/ops/window.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "ir/ops/axes.h"
#include "ir/ops/sliding.h"

namespace pullback {

std::vector<Sliding> slidings(const std::vector<WindowDimension>& window, const Shape& operand) {
  std::vector<Sliding> result;
  for (size_t d = 0; d < window.size(); ++d) {
    const WindowDimension& w = window[d];
    result.push_back({.input = operand[d],
                      .window = w.size,
                      .stride = w.stride,
                      .base_dilation = w.base_dilation,
                      .window_dilation = w.window_dilation,
                      .padding_low = w.padding_low,
                      .padding_high = w.padding_high});
  }
  return result;
}

namespace {

using Window = std::vector<WindowDimension>;

Shape counts(const std::vector<Sliding>& sliding) {
  Shape shape;
  for (const Sliding& s : sliding) shape.push_back(s.count());
  return shape;
}

/// One entry holds size, stride, dilations and padding, so that the clause on the count of sizes is
/// that of the others too.
void require_rank(const Window& window, const Type& operand, std::string_view clause) {
  require(static_cast<int64_t>(window.size()) == operand.rank(), clause, [&] {
    return "has " + std::to_string(window.size()) + " window dimensions; the operand " +
           operand.text() + " needs " + std::to_string(operand.rank()) + ", one per axis";
  });
}

void require_positive(const Window& window, int64_t WindowDimension::*field, std::string_view name,
                      std::string_view clause) {
  for (size_t d = 0; d < window.size(); ++d) {
    require(window[d].*field > 0, clause, [&] {
      return std::string(name) + " is " + std::to_string(window[d].*field) + " in dimension " +
             std::to_string(d) + "; it must be at least 1";
    });
  }
}

Attributes list(const Window& window) {
  std::vector<int64_t> sizes, strides, base_dilations, window_dilations;
  std::vector<std::pair<int64_t, int64_t>> padding;
  for (const WindowDimension& w : window) {
    sizes.push_back(w.size);
    strides.push_back(w.stride);
    base_dilations.push_back(w.base_dilation);
    window_dilations.push_back(w.window_dilation);
    padding.emplace_back(w.padding_low, w.padding_high);
  }
  return {{"window_dimensions", sizes},
          {"window_strides", strides},
          {"base_dilations", base_dilations},
          {"window_dilations", window_dilations},
          {"padding", padding}};
}

template <class T>
T identity(Reduction kind) {
  if (kind == Reduction::add) return T{};
  if constexpr (std::is_floating_point_v<T>) return -std::numeric_limits<T>::infinity();
  return std::numeric_limits<T>::lowest();
}

template <class T>
T combine(Reduction kind, T x, T y) {
  if (kind == Reduction::add) {
    if constexpr (std::is_same_v<T, bool>) return x | y;
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<uint64_t>(x) + static_cast<uint64_t>(y));
    } else {
      return x + y;
    }
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(x)) return x;
    if (std::isnan(y)) return y;
  }
  return x < y ? y : x;
}

/// Calls visit(o, taps) for the row-major offset o of every output, with the taps of its window.
template <class Visit>
void for_each_window(const Window& window, const Shape& operand, const Shape& outputs,
                     Visit visit) {
  if (element_count(outputs) == 0) return;
  auto sliding = slidings(window, operand);
  Shape input_strides = strides_of(operand), no_strides(window.size(), 0);
  std::vector<int64_t> index(outputs.size(), 0);
  std::vector<Tap> taps;
  size_t o = 0;
  do {
    taps_at(sliding, input_strides, no_strides, index, taps);
    visit(o++, taps);
  } while (next_index(index, outputs));
}

}  // namespace

Attributes ReduceWindow::attributes() const {
  Attributes attributes = list(window);
  attributes.push_back({"body", std::string(to_string(kind))});
  return attributes;
}

Type ReduceWindow::infer(Types in) const {
  require_operands(in, 1);
  require_rank(window, in[0], "reduce_window_c4");
  require_positive(window, &WindowDimension::size, "the window's size", "reduce_window_c5");
  require_positive(window, &WindowDimension::stride, "the stride", "reduce_window_c7");
  require_positive(window, &WindowDimension::base_dilation, "base_dilation", "reduce_window_c9");
  require_positive(window, &WindowDimension::window_dilation, "window_dilation",
                   "reduce_window_c11");
  Shape shape = counts(slidings(window, in[0].shape));
  require_shape(shape, "reduce_window_c15");
  return in[0].with(shape);
}

Tensor ReduceWindow::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  dispatch(out.element, [&]<class T>() {
    auto x = in[0]->values<T>();
    auto z = result.values<T>();
    for_each_window(window, in[0]->shape(), out.shape, [&](size_t o, const auto& taps) {
      z[o] = identity<T>(kind);
      for (const Tap& tap : taps) z[o] = combine(kind, z[o], x[static_cast<size_t>(tap.input)]);
    });
  });
  return result;
}

Attributes SelectAndScatter::attributes() const {
  Attributes attributes = list(window);
  std::erase_if(attributes, [](const Attribute& attribute) {
    return attribute.name == "base_dilations" || attribute.name == "window_dilations";
  });
  attributes.push_back({"select", std::string("GE")});
  attributes.push_back({"scatter", std::string("add")});
  return attributes;
}

Type SelectAndScatter::infer(Types in) const {
  require_operands(in, 2);
  const Type &operand = in[0], &source = in[1];
  require(operand.element == source.element, "select_and_scatter_c1", [&] {
    return "the operand and the source have different element types: " + operand.text() + " and " +
           source.text();
  });
  require_rank(window, operand, "select_and_scatter_c4");
  require_positive(window, &WindowDimension::size, "the window's size", "select_and_scatter_c5");
  require_positive(window, &WindowDimension::stride, "the stride", "select_and_scatter_c7");
  for (const WindowDimension& w : window) {
    require(w.base_dilation == 1 && w.window_dilation == 1, "",
            "its window has dilations; StableHLO's select_and_scatter takes none");
  }
  Shape expected = counts(slidings(window, operand.shape));
  require(source.shape == expected, "select_and_scatter_c2", [&] {
    return "the source is " + source.text() + ", but the windows of the operand " + operand.text() +
           " number " + operand.with(expected).text();
  });
  return operand;  // c11
}

Tensor SelectAndScatter::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  dispatch(out.element, [&]<class T>() {
    auto x = in[0]->values<T>();
    auto source = in[1]->values<T>();
    auto z = result.values<T>();
    for_each_window(window, in[0]->shape(), in[1]->shape(), [&](size_t o, const auto& taps) {
      if (taps.empty()) return;  // a window of padding alone selects nothing
      size_t selected = static_cast<size_t>(taps[0].input);
      for (const Tap& tap : taps) {
        size_t other = static_cast<size_t>(tap.input);
        if (!(x[selected] >= x[other])) selected = other;
      }
      z[selected] = combine(Reduction::add, z[selected], source[o]);
    });
  });
  return result;
}

}  // namespace pullback
