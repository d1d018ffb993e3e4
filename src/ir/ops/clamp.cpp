#include "ir/ops/clamp.h"

#include "ir/builder.h"

namespace pullback {

Type Clamp::infer(Types in) const {
  require_operands(in, 3);
  const Type& x = in[1];
  for (size_t k : {size_t{0}, size_t{2}}) {
    require(in[k].rank() == 0 || in[k].shape == x.shape, k == 0 ? "clamp_c1" : "clamp_c2", [&] {
      return "the bound " + in[k].text() + " is neither a scalar nor of the shape of " + x.text();
    });
    require(in[k].element == x.element, "clamp_c3", [&] {
      return "the bound " + in[k].text() + " has not the element type of " + x.text();
    });
  }
  return x;
}

Tensor Clamp::eval(Tensors in, const Type& out) const {
  Tensor result(out);
  dispatch(out.element, [&]<class T>() {
    auto lower = in[0]->values<T>();
    auto x = in[1]->values<T>();
    auto upper = in[2]->values<T>();
    auto z = result.values<T>();
    bool one_lower = in[0]->type().rank() == 0, one_upper = in[2]->type().rank() == 0;
    auto nan = [](T v) { return v != v; };
    for (size_t i = 0; i < z.size(); ++i) {
      T l = lower[one_lower ? 0 : i], u = upper[one_upper ? 0 : i];
      T most = nan(x[i]) || x[i] > l ? x[i] : nan(l) || l > x[i] ? l : x[i];
      z[i] = nan(most) || most < u ? most : u;
    }
  });
  return result;
}

Values Clamp::vjp(Builder& b, const VjpArgs& a) const {
  Shape shape = b.shape(a.result);
  Axes all = other_axes(b.type(a.result).rank(), {});
  auto spread = [&](Value bound) {
    return b.shape(bound) == shape ? bound : b.broadcast(bound, shape, {});
  };
  auto gather = [&](Value bound, Value ct) {
    return b.shape(bound) == shape ? ct : b.reduce(Reduction::add, ct, all);
  };
  Value lower = spread(a.operands[0]);
  Value upper = spread(a.operands[2]);
  Value above = b.compare(Direction::lt, lower, a.operands[1]);
  Value most = b.select(above, a.operands[1], lower);
  Value below = b.compare(Direction::lt, most, upper);
  Value zero = b.constant(b.type(a.result), 0);
  Value kept = b.select(below, a.cotangent, zero);
  Value dl, dx, du;
  if (a.needs[0]) dl = gather(a.operands[0], b.select(above, zero, kept));
  if (a.needs[1]) dx = b.select(above, kept, zero);
  if (a.needs[2]) du = gather(a.operands[2], b.select(below, zero, a.cotangent));
  return {dl, dx, du};
}

}  // namespace pullback
