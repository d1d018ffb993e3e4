#include "ir/ops/reduce.h"

#include <cmath>
#include <limits>

#include "base/check.h"
#include "ir/builder.h"
#include "ir/ops/axes.h"
#include "tensor/index.h"

namespace pullback {

std::string_view to_string(Reduction reduction) {
  switch (reduction) {
    case Reduction::add:
      return "add";
    case Reduction::max:
      return "maximum";
  }
  PULLBACK_CHECK(false, "reduction");
}

Decimal identity_value(Reduction reduction, ElementType element) {
  if (is_float(element) && reduction == Reduction::max) {
    return Decimal::special(Decimal::Kind::negative_infinity);
  }
  if (reduction == Reduction::add || !is_signed(element)) return 0;
  return dispatch(element, []<class T>() {
    return Decimal(static_cast<int64_t>(std::numeric_limits<T>::lowest()));
  });
}

namespace {

/// 0, or the least element: -inf, the lowest integer, false.
template <class T>
T identity_of(Reduction kind) {
  if (kind == Reduction::add) return T{0};
  if constexpr (std::is_floating_point_v<T>) return -std::numeric_limits<T>::infinity();
  return std::numeric_limits<T>::min();
}

/// x ⊕ y; i1: or; integers wrap; a NaN stays.
template <class T>
T combine(Reduction kind, T x, T y) {
  if constexpr (std::is_same_v<T, bool>) return x | y;
  if (kind == Reduction::max) {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(x)) return x;
      if (std::isnan(y)) return y;
    }
    return x < y ? y : x;
  }
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<uint64_t>(x) + static_cast<uint64_t>(y));
  } else {
    return x + y;
  }
}

}  // namespace

Attributes Reduce::attributes() const {
  return {{"dimensions", dimensions}, {"kind", std::string(to_string(kind))}};
}

Type Reduce::infer(Types in) const {
  require_operands(in, 1);
  require_in_range(dimensions, in[0].rank(), "reduce_c4", "dimensions");
  require_unique(dimensions, "reduce_c5", "dimensions");
  return in[0].with(extents_of(in[0].shape, other_axes(in[0].rank(), dimensions)));  // reduce_c7
}

Tensor Reduce::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  auto kept = offsets_along(in[0]->shape(), other_axes(in[0]->type().rank(), dimensions));
  auto reduced = offsets_along(in[0]->shape(), ascending(dimensions));
  dispatch(out.element, [&]<class T>() {
    auto x = in[0]->values<T>();
    auto y = result.values<T>();
    for (size_t j = 0; j < y.size(); ++j) {
      T sum = identity_of<T>(kind);
      for (int64_t k : reduced) sum = combine(kind, sum, x[static_cast<size_t>(kept[j] + k)]);
      y[j] = sum;
    }
  });
  return result;
}

Values Reduce::vjp(Builder& b, const VjpArgs& a) const {
  const Type x = b.type(a.operands[0]);
  Axes kept = other_axes(x.rank(), dimensions);
  if (kind == Reduction::add) return {b.broadcast(a.cotangent, x.shape, kept)};
  // max: each of a group's `count` maxima gets ct / count
  Value best = b.broadcast(a.result, x.shape, kept);
  Value mask = b.compare(Direction::eq, a.operands[0], best);
  Value ones = b.convert(mask, x.element);
  Value count = b.reduce(Reduction::add, ones, dimensions);
  Value share = b.divide(a.cotangent, count);
  Value spread = b.broadcast(share, x.shape, kept);
  Value zero = b.constant(x, 0);
  return {b.select(mask, spread, zero)};
}

}  // namespace pullback
