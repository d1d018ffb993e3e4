#include "ir/ops/dot.h"

#include <algorithm>

#include "ir/builder.h"
#include "ir/ops/axes.h"
#include "tensor/index.h"

namespace pullback {

namespace {

Axes joined(const Axes& first, const Axes& second) {
  Axes all = first;
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

/// The axes that appear in the result, ascending: neither batching nor contracting.
Axes free_axes(int64_t rank, const Axes& batching, const Axes& contracting) {
  return other_axes(rank, joined(batching, contracting));
}

/// For each of `from` in ascending order, its partner in `to`.
Axes partners(const Axes& from, const Axes& to) {
  Axes result;
  for (int64_t axis : ascending(from)) {
    auto place = std::find(from.begin(), from.end(), axis) - from.begin();
    result.push_back(to[static_cast<size_t>(place)]);
  }
  return result;
}

void require_same_length(const Axes& lhs, const Axes& rhs, std::string_view clause,
                         const std::string& what) {
  require(lhs.size() == rhs.size(), clause, [&] {
    return "lhs has " + std::to_string(lhs.size()) + " " + what + " dimensions " + axes_text(lhs) +
           ", rhs " + std::to_string(rhs.size()) + " " + axes_text(rhs) +
           "; they are paired in order";
  });
}

void require_same_extents(Types in, const Axes& lhs, const Axes& rhs, std::string_view clause,
                          const std::string& what) {
  for (size_t k = 0; k < lhs.size(); ++k) {
    int64_t left = in[0].shape[static_cast<size_t>(lhs[k])];
    int64_t right = in[1].shape[static_cast<size_t>(rhs[k])];
    require(left == right, clause, [&] {
      return what + " sizes differ: axis " + std::to_string(lhs[k]) + " of lhs is " +
             std::to_string(left) + ", axis " + std::to_string(rhs[k]) + " of rhs is " +
             std::to_string(right);
    });
  }
}

/// sum + x · y; i1: or and and; integers wrap.
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

}  // namespace

Attributes DotGeneral::attributes() const {
  return {{"lhs_batching_dimensions", lhs_batching_dimensions},
          {"rhs_batching_dimensions", rhs_batching_dimensions},
          {"lhs_contracting_dimensions", lhs_contracting_dimensions},
          {"rhs_contracting_dimensions", rhs_contracting_dimensions}};
}

Type DotGeneral::infer(Types in) const {
  const Axes &lb = lhs_batching_dimensions, &rb = rhs_batching_dimensions;
  const Axes &lc = lhs_contracting_dimensions, &rc = rhs_contracting_dimensions;
  require_operands(in, 2);
  require(in[0].element == in[1].element, "dot_general_c13", [&] {
    return "operands have different element types: " + in[0].text() + " and " + in[1].text();
  });
  require_same_length(lb, rb, "dot_general_c1", "batching");
  require_same_length(lc, rc, "dot_general_c2", "contracting");
  require_unique(joined(lb, lc), "dot_general_c3", "lhs batching and contracting dimensions");
  require_unique(joined(rb, rc), "dot_general_c4", "rhs batching and contracting dimensions");
  require_in_range(lb, in[0].rank(), "dot_general_c5", "lhs batching dimensions");
  require_in_range(lc, in[0].rank(), "dot_general_c6", "lhs contracting dimensions");
  require_in_range(rb, in[1].rank(), "dot_general_c7", "rhs batching dimensions");
  require_in_range(rc, in[1].rank(), "dot_general_c8", "rhs contracting dimensions");
  require_same_extents(in, lb, rb, "dot_general_c9", "batching");
  require_same_extents(in, lc, rc, "dot_general_c10", "contracting");
  Shape shape = extents_of(in[0].shape, joined(lb, free_axes(in[0].rank(), lb, lc)));
  Shape right = extents_of(in[1].shape, free_axes(in[1].rank(), rb, rc));
  shape = joined(shape, right);
  require_shape(shape, "dot_general_c12");
  return in[0].with(shape);
}

Tensor DotGeneral::eval(Tensors in, const Type& out) const {
  const Shape &lhs = in[0]->shape(), &rhs = in[1]->shape();
  auto lhs_batch = offsets_along(lhs, lhs_batching_dimensions);
  auto rhs_batch = offsets_along(rhs, rhs_batching_dimensions);
  auto rows = offsets_along(
      lhs, free_axes(in[0]->type().rank(), lhs_batching_dimensions, lhs_contracting_dimensions));
  auto columns = offsets_along(
      rhs, free_axes(in[1]->type().rank(), rhs_batching_dimensions, rhs_contracting_dimensions));
  auto lhs_inner = offsets_along(lhs, lhs_contracting_dimensions);
  auto rhs_inner = offsets_along(rhs, rhs_contracting_dimensions);
  Tensor result(out);
  dispatch(out.element, [&]<class T>() {
    auto x = in[0]->values<T>();
    auto y = in[1]->values<T>();
    auto z = result.values<T>();
    size_t next = 0;
    for (size_t b = 0; b < lhs_batch.size(); ++b) {
      for (int64_t row : rows) {
        for (int64_t column : columns) {
          T sum = 0;
          for (size_t k = 0; k < lhs_inner.size(); ++k) {
            sum = multiply_add(sum, x[static_cast<size_t>(lhs_batch[b] + row + lhs_inner[k])],
                               y[static_cast<size_t>(rhs_batch[b] + column + rhs_inner[k])]);
          }
          z[next++] = sum;
        }
      }
    }
  });
  return result;
}

Values DotGeneral::vjp(Builder& b, const VjpArgs& a) const {
  const Axes lhs_free =
      free_axes(b.type(a.operands[0]).rank(), lhs_batching_dimensions, lhs_contracting_dimensions);
  const Axes rhs_free =
      free_axes(b.type(a.operands[1]).rank(), rhs_batching_dimensions, rhs_contracting_dimensions);
  const int64_t batch = static_cast<int64_t>(lhs_batching_dimensions.size());
  const int64_t rows = static_cast<int64_t>(lhs_free.size());
  const int64_t columns = static_cast<int64_t>(rhs_free.size());
  Value dx, dy;
  if (a.needs[0]) {
    // ct[batch, lhs free, rhs free] · rhs -> [batch, lhs free, rhs contracting]
    DotGeneral dot{.lhs_batching_dimensions = consecutive(0, batch),
                   .rhs_batching_dimensions = rhs_batching_dimensions,
                   .lhs_contracting_dimensions = consecutive(batch + rows, columns),
                   .rhs_contracting_dimensions = rhs_free};
    Axes order = joined(joined(lhs_batching_dimensions, lhs_free),
                        partners(rhs_contracting_dimensions, lhs_contracting_dimensions));
    dx = b.emit(dot, {a.cotangent, a.operands[1]});
    dx = transpose_unless_identity(b, dx, inverse_permutation(order));
  }
  if (a.needs[1]) {
    // lhs · ct[batch, lhs free, rhs free] -> [batch, lhs contracting, rhs free]
    DotGeneral dot{.lhs_batching_dimensions = lhs_batching_dimensions,
                   .rhs_batching_dimensions = consecutive(0, batch),
                   .lhs_contracting_dimensions = lhs_free,
                   .rhs_contracting_dimensions = consecutive(batch, rows)};
    Axes order = joined(joined(rhs_batching_dimensions,
                               partners(lhs_contracting_dimensions, rhs_contracting_dimensions)),
                        rhs_free);
    dy = b.emit(dot, {a.operands[0], a.cotangent});
    dy = transpose_unless_identity(b, dy, inverse_permutation(order));
  }
  return {dx, dy};
}

}  // namespace pullback
