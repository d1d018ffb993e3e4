#include <algorithm>

#include "ir/builder.h"
#include "ir/ops/sliding.h"
#include "ir/ops/window.h"

namespace pullback {

namespace {

using Window = std::vector<WindowDimension>;

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
///   i · base_dilation + k' · window_dilation - low' = o · stride,
/// where low' = (window - 1) · window_dilation - low,
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
