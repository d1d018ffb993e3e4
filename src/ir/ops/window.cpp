#include "ir/ops/window.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "ir/builder.h"
#include "ir/ops/sliding.h"

namespace pullback {

namespace {

using Window = std::vector<WindowDimension>;

std::vector<Sliding> slidings(const Window& window, const Shape& operand) {
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

Shape counts(const std::vector<Sliding>& sliding) {
  Shape shape;
  for (const Sliding& s : sliding) shape.push_back(s.count());
  return shape;
}

Shape sizes(const Window& window) {
  Shape shape;
  for (const WindowDimension& w : window) shape.push_back(w.size);
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
    if constexpr (std::is_same_v<T, uint8_t>) return x | y;
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<uint32_t>(x) + static_cast<uint32_t>(y));
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
  Shape input_strides = strides_of(operand), window_strides = strides_of(sizes(window));
  std::vector<int64_t> index(outputs.size(), 0);
  std::vector<Tap> taps;
  size_t o = 0;
  do {
    taps_at(sliding, input_strides, window_strides, index, taps);
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
  return in[0].with(counts(slidings(window, in[0].shape)));  // c15
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

namespace {

bool all(const Shape& list, int64_t value) {
  return std::all_of(list.begin(), list.end(), [&](int64_t item) { return item == value; });
}

/// Pads with the constant `value`, unless there is nothing to pad.
Value pad(Builder& b, Value x, Decimal value, const Shape& low, const Shape& high,
          const Shape& interior) {
  if (all(low, 0) && all(high, 0) && all(interior, 0)) return x;
  Value filling = b.constant({b.type(x).element, {}}, value);
  return b.emit(Pad{low, high, interior}, {x, filling});
}

Value slice(Builder& b, Value x, const Shape& start, const Shape& limit, const Shape& strides) {
  if (all(start, 0) && limit == b.shape(x) && all(strides, 1)) return x;
  return b.emit(Slice{start, limit, strides}, {x});
}

/// Adjoint of the windowed sum: with k = window - 1 - k' the window's equation, solved for i, is
///   i · base_dilation + k' · window_dilation - ((window - 1) · window_dilation - low) = o ·
///   stride,
/// so the cotangent, spread by the stride and padded to fit, is summed over the same window.
Value sum_cotangent(Builder& b, Value cotangent, const std::vector<Sliding>& sliding) {
  Shape low, high, interior;
  ReduceWindow adjoint{.kind = Reduction::add, .window = {}};
  bool identity = true;
  for (const Sliding& s : sliding) {
    int64_t reach = (s.window - 1) * s.window_dilation;
    int64_t extent = dilated(s.input, s.base_dilation) + reach;
    low.push_back(reach - s.padding_low);
    high.push_back(extent - low.back() - dilated(s.count(), s.stride));
    interior.push_back(s.stride - 1);
    adjoint.window.push_back(
        {.size = s.window, .stride = s.base_dilation, .window_dilation = s.window_dilation});
    identity = identity && s.window == 1 && s.base_dilation == 1;
  }
  Value spread = pad(b, cotangent, 0, low, high, interior);
  return identity ? spread : b.emit(adjoint, {spread});
}

/// The windows of an operand unrolled over the window's elements, to find the first maximum of
/// each: for element k in row-major order the mask
///   hit_k[o] = (x[o, k] = max[o]) and x[o, k] is no padding and no hit_j[o] with j < k.
/// It does in core ops what select_and_scatter does, for windows with dilation and for its adjoint;
/// its text grows with the window.
class FirstMaximum {
 public:
  FirstMaximum(Builder& b, std::vector<Sliding> sliding, Value operand, Value maximum)
      : b_(b), sliding_(std::move(sliding)), maximum_(maximum), k_(sliding_.size(), 0) {
    for (const Sliding& s : sliding_) {
      low_.push_back(s.padding_low);
      high_.push_back(s.padding_high);
      interior_.push_back(s.base_dilation - 1);
      window_.push_back(s.window);
      stride_.push_back(s.stride);
    }
    padded_ = padded(operand, Decimal::special(Decimal::Kind::negative_infinity));
    if (padded_ == operand) return;
    Type mask{ElementType::i1, b.shape(operand)};
    valid_ = padded(b.constant(mask, 1), 0);
  }

  /// `x`, of the operand's shape, with holes and padding of `value`.
  Value padded(Value x, Decimal value) { return pad(b_, x, value, low_, high_, interior_); }
  Shape padded_shape() const { return b_.shape(padded_); }

  /// The elements k of all windows, from a value of the padded shape.
  Value window_elements(Value x) {
    Shape start, limit;
    for (size_t d = 0; d < sliding_.size(); ++d) {
      start.push_back(k_[d] * sliding_[d].window_dilation);
      limit.push_back(start[d] + dilated(sliding_[d].count(), sliding_[d].stride));
    }
    return slice(b_, x, start, limit, stride_);
  }
  /// Its adjoint: values of the result's shape put back to where elements k came from, 0 elsewhere.
  Value put_back(Value z) {
    Shape low, high, interior, total = padded_shape();
    for (size_t d = 0; d < sliding_.size(); ++d) {
      low.push_back(k_[d] * sliding_[d].window_dilation);
      high.push_back(total[d] - low[d] - dilated(sliding_[d].count(), sliding_[d].stride));
      interior.push_back(sliding_[d].stride - 1);
    }
    return pad(b_, z, 0, low, high, interior);
  }
  /// Of a value of the padded shape, what lies on the operand.
  Value unpadded(Value x) {
    Shape low, high, none(sliding_.size(), 0), strides;
    for (const Sliding& s : sliding_) {
      low.push_back(-s.padding_low);
      high.push_back(-s.padding_high);
      strides.push_back(s.base_dilation);
    }
    Value dilated = pad(b_, x, 0, low, high, none);
    return slice(b_, dilated, none, b_.shape(dilated), strides);
  }

  /// hit_k; to be called once for each k, in order.
  Value hit() {
    Value hit = b_.compare(Direction::eq, window_elements(padded_), maximum_);
    if (valid_) hit = b_.emit(And{}, {hit, window_elements(valid_)});
    taken_ = taken_ ? b_.emit(Or{}, {taken_, last_hit_}) : last_hit_;
    last_hit_ = hit;
    if (!taken_) return hit;
    Value free = b_.emit(Not{}, {taken_});
    return b_.emit(And{}, {hit, free});
  }
  /// Goes on to the next k; false after the last.
  bool next() { return next_index(k_, window_); }

 private:
  Builder& b_;
  std::vector<Sliding> sliding_;
  Value maximum_, padded_, valid_, taken_, last_hit_;
  std::vector<int64_t> k_;
  Shape low_, high_, interior_, window_, stride_;
};

/// d.x = Σ_k put_back_k(hit_k · ct).
Value maximum_cotangent(Builder& b, const VjpArgs& a, const std::vector<Sliding>& sliding) {
  FirstMaximum maxima(b, sliding, a.operands[0], a.result);
  Value zero = b.constant(b.type(a.cotangent), 0);
  Value sum;
  do {
    Value hit = maxima.hit();
    Value part = b.select(hit, a.cotangent, zero);
    Value term = maxima.put_back(part);
    sum = sum ? b.add(sum, term) : term;
  } while (maxima.next());
  return maxima.unpadded(sum);
}

bool has_dilation(const Window& window) {
  return std::any_of(window.begin(), window.end(), [](const WindowDimension& w) {
    return w.base_dilation > 1 || w.window_dilation > 1;
  });
}

}  // namespace

Values ReduceWindow::vjp(Builder& b, const VjpArgs& a) const {
  if (!a.needs[0]) return {Value{}};
  Type type = b.type(a.operands[0]);
  if (type.count() == 0 || b.type(a.result).count() == 0) return {b.constant(type, 0)};
  auto sliding = slidings(window, type.shape);
  if (kind == Reduction::add) return {sum_cotangent(b, a.cotangent, sliding)};
  if (has_dilation(window)) return {maximum_cotangent(b, a, sliding)};
  return {b.emit(SelectAndScatter{.window = window}, {a.operands[0], a.cotangent})};
}

/// d.source = Σ_k hit_k · ct[o, k]; the operand only selects, so it gets no cotangent.
Values SelectAndScatter::vjp(Builder& b, const VjpArgs& a) const {
  if (!a.needs[1]) return {Value{}, Value{}};
  Type type = b.type(a.operands[1]);
  if (type.count() == 0 || b.type(a.operands[0]).count() == 0) {
    return {Value{}, b.constant(type, 0)};
  }
  Value maximum = b.emit(ReduceWindow{.kind = Reduction::max, .window = window}, {a.operands[0]});
  FirstMaximum maxima(b, slidings(window, b.shape(a.operands[0])), a.operands[0], maximum);
  Value padded = maxima.padded(a.cotangent, 0);
  Value zero = b.constant(type, 0);
  Value sum;
  do {
    Value hit = maxima.hit();
    Value elements = maxima.window_elements(padded);
    Value term = b.select(hit, elements, zero);
    sum = sum ? b.add(sum, term) : term;
  } while (maxima.next());
  return {Value{}, sum};
}

}  // namespace pullback
