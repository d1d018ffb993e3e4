#include "tests/proofs/random_cases.h"

#include <algorithm>
#include <cmath>

#include "tests/proofs/random_draw.h"

namespace pullback::test {

namespace {

/// Fills in the op's attributes; one overload per struct of src/ir/ops/.
struct Fill {
  Draw& d;

  template <class T>
  requires(!T::info.outside.empty()) Operands operator()(T&) const { return {}; }
  template <class T>
  requires(std::is_base_of_v<UnaryOp<T>, T>&& T::info.outside.empty()) Operands operator()(
      T&) const {
    constexpr bool positive = std::is_same_v<T, Log> || std::is_same_v<T, Sqrt> ||
                              std::is_same_v<T, Rsqrt> || std::is_same_v<T, LogPlusOne>;
    constexpr bool unit =
        std::is_same_v<T, Asin> || std::is_same_v<T, Acos> || std::is_same_v<T, Atanh>;
    ElementType e = T::domain == Domain::floats && !d.chance(8) ? d.floating() : d.element();
    Range range = positive                   ? Range{1e-3, 30}
                  : unit                     ? Range{-0.9, 0.9}
                  : std::is_same_v<T, Acosh> ? Range{1.1, 20}
                  : std::is_same_v<T, Tan>   ? Range{-1.5, 1.5}
                  : std::is_same_v<T, Asinh> ? Range{-5, 20}
                                             : Range{-20, 20};
    return {{{e, d.shape(0, 3)}}, {range}};
  }
  template <class T>
  requires(std::is_base_of_v<BinaryOp<T>, T>&& T::info.outside.empty()) Operands operator()(
      T&) const {
    Type t = {d.element(), d.shape(0, 3)};
    Type u = d.chance(15) ? Type{d.element(), d.shape(0, 3)} : t;
    if (std::is_same_v<T, Divide> || std::is_same_v<T, Remainder>)
      return {{t, u}, {{-9, 9}, {1e-2, 9}}};
    if (std::is_same_v<T, Power>) return {{t, u}, {{1e-2, 9}, {-4, 4}}};
    return {{t, u}, {{-9, 9}, {-9, 9}}};
  }
  Operands operator()(Compare& op) const {
    op.direction = d.direction();
    Type t = {d.element(), d.shape(0, 3)};
    return {{t, d.chance(15) ? Type{d.element(), d.shape(0, 3)} : t}, {{-2, 2}, {-2, 2}}};
  }
  Operands operator()(Select&) const {
    Type t = {d.element(), d.shape(0, 3)};
    Type p = i1(d.chance(4) ? Shape{} : d.chance(15) ? d.shape(0, 2) : t.shape);
    return {{p, t, d.chance(15) ? Type{d.element(), t.shape} : t}, {{}, {-9, 9}, {-9, 9}}};
  }
  Operands operator()(IsFinite&) const {
    return {{{d.chance(8) ? d.element() : d.floating(), d.shape(0, 3)}}};
  }
  Operands operator()(Clamp&) const {
    Type t = {d.element(), d.shape(0, 3)};
    auto bound = [&] {
      Shape shape = d.chance(2) ? Shape{} : d.chance(15) ? d.shape(0, 3) : t.shape;
      return Type{d.chance(15) ? d.element() : t.element, shape};
    };
    Type lower = bound(), upper = bound();
    return {{lower, t, upper}, {{-9, 1}, {-9, 9}, {-1, 9}}};
  }
  Operands operator()(Convert& op) const {
    op.to = d.element();
    return {{{d.element(), d.shape(0, 3)}}, {{-3, 3}}};
  }
  Operands operator()(Constant& op) const {
    op.type = {d.element(), d.shape(0, 2)};
    int64_t n = d.chance(3) ? 1 : d.slip(op.type.count());
    for (int64_t i = 0; i < n; ++i) {
      if (op.type.element == ElementType::i1) {
        op.values.push_back(d.in(0, 1));
      } else if (op.type.element == ElementType::i32) {
        op.values.push_back(d.in(-(int64_t{1} << 31), (int64_t{1} << 31) - 1));
      } else {
        int64_t bound = int64_t{1} << d.in(1, 55);
        op.values.push_back(
            Decimal(d.in(-bound, bound), static_cast<int32_t>(d.chance(2) ? 0 : d.in(-40, 20))));
      }
    }
    return {};
  }
  Operands operator()(Iota& op) const {
    op.type = {d.element(), d.shape(1, 3)};
    op.dimension = d.slip(d.in(0, op.type.rank() - 1));
    return {};
  }
  Operands operator()(BroadcastInDim& op) const {
    op.shape = d.shape(0, 3);
    op.broadcast_dimensions = d.some(op.shape.size());
    Shape from;
    for (int64_t a : op.broadcast_dimensions) {
      from.push_back(d.chance(4) ? 1 : d.slip(op.shape[static_cast<size_t>(a)]));
    }
    d.slip(op.broadcast_dimensions);
    return {{{d.element(), from}}};
  }
  Operands operator()(Reshape& op) const {
    Shape from;
    for (int64_t factor : {d.in(1, 3), d.in(1, 3), d.in(1, 3), d.extent()}) {
      for (Shape* s : {&from, &op.shape}) {
        if (s->empty() || d.chance(2)) {
          s->push_back(factor);
        } else {
          (*s)[static_cast<size_t>(d.in(0, static_cast<int64_t>(s->size()) - 1))] *= factor;
        }
      }
    }
    d.shuffle(from);
    d.slip(op.shape);
    return {{{d.element(), from}}};
  }
  Operands operator()(Transpose& op) const {
    Shape s = d.shape(0, 4);
    op.permutation = d.permutation(s.size());
    d.slip(op.permutation);
    return {{{d.element(), s}}};
  }
  Operands operator()(Reverse& op) const {
    Shape s = d.shape(0, 3);
    op.dimensions = d.some(s.size());
    d.slip(op.dimensions);
    return {{{d.element(), s}}};
  }
  Operands operator()(Slice& op) const {
    Shape s = d.shape(0, 3);
    for (int64_t extent : s) {
      int64_t start = d.in(0, extent);
      op.start_indices.push_back(start);
      op.limit_indices.push_back(d.in(start, extent));
      op.strides.push_back(d.in(1, 3));
    }
    for (List* l : {&op.start_indices, &op.limit_indices, &op.strides}) d.slip(*l);
    return {{{d.element(), s}}};
  }
  Operands operator()(Pad& op) const {
    Shape s = d.shape(0, 2);
    for (size_t a = 0; a < s.size(); ++a) {
      op.edge_padding_low.push_back(d.in(-2, 2));
      op.edge_padding_high.push_back(d.in(-2, 2));
      op.interior_padding.push_back(d.in(0, 2));
    }
    for (List* l : {&op.edge_padding_low, &op.edge_padding_high, &op.interior_padding}) d.slip(*l);
    ElementType e = d.element();
    return {{{e, s}, {d.chance(20) ? d.element() : e, d.chance(30) ? Shape{1} : Shape{}}}};
  }
  Operands operator()(Concatenate& op) const {
    Type t = {d.element(), d.shape(1, 3)};
    op.dimension = d.in(0, t.rank() - 1);
    Operands result;
    for (int64_t n = d.slip(d.in(1, 3)); n > 0; --n) {
      Type next = t;
      next.shape[static_cast<size_t>(op.dimension)] = d.extent();
      if (d.chance(30)) next = {d.element(), d.shape(1, 3)};
      result.types.push_back(next);
    }
    op.dimension = d.slip(op.dimension);
    return result;
  }
  /// Windows of a tensor, at a start for each axis.
  Operands windows(std::vector<Type> operands, size_t rank) const {
    Operands result{std::move(operands)};
    result.ranges.assign(result.types.size(), Range{-9, 9});
    for (auto n = d.slip(static_cast<int64_t>(rank)); n > 0; --n) {
      result.types.push_back(d.chance(60) ? Type{d.element(), d.shape(0, 1)} : i32({}));
      result.ranges.push_back({-2, 5});
    }
    return result;
  }
  /// An extent of at most that of each axis.
  Shape within(const Shape& s) const {
    Shape result;
    for (int64_t extent : s) result.push_back(d.in(0, extent));
    d.slip(result);
    return result;
  }
  Operands operator()(DynamicSlice& op) const {
    Shape s = d.shape(0, 3);
    op.slice_sizes = within(s);
    return windows({{d.element(), s}}, s.size());
  }
  Operands operator()(DynamicUpdateSlice&) const {
    Type t = {d.element(), d.shape(0, 3)};
    Type update = {d.chance(30) ? d.element() : t.element, within(t.shape)};
    return windows({t, update}, t.shape.size());
  }
  Operands operator()(Gather& op) const { return draw_gather(d, op); }
  Operands operator()(Scatter& op) const { return draw_scatter(d, op); }
  Operands operator()(Reduce& op) const {
    op.kind = d.reduction();
    Shape s = d.shape(0, 3);
    op.dimensions = d.some(s.size());
    d.slip(op.dimensions);
    return {{{d.element(), s}}};
  }
  Operands operator()(DotGeneral& op) const {
    // Each label is an axis of one operand or of both.
    struct Label {
      int64_t extent;
      int use;  // 0 batching, 1 contracting, 2 lhs, 3 rhs
    };
    std::vector<Label> labels;
    for (int64_t n = d.in(0, 4); n > 0; --n) {
      labels.push_back({d.chance(25) ? 0 : d.in(1, 3), static_cast<int>(d.in(0, 3))});
    }
    Shape shapes[2];
    std::vector<int64_t> at[2];
    for (int side : {0, 1}) {
      std::vector<size_t> order;
      for (size_t k = 0; k < labels.size(); ++k) {
        if (labels[k].use != 3 - side) order.push_back(k);
      }
      d.shuffle(order);
      at[side].assign(labels.size(), 0);
      for (size_t axis = 0; axis < order.size(); ++axis) {
        at[side][order[axis]] = static_cast<int64_t>(axis);
        shapes[side].push_back(d.slip(labels[order[axis]].extent));
      }
    }
    for (size_t k = 0; k < labels.size(); ++k) {
      bool batching = labels[k].use == 0;
      if (labels[k].use > 1) continue;
      (batching ? op.lhs_batching_dimensions : op.lhs_contracting_dimensions).push_back(at[0][k]);
      (batching ? op.rhs_batching_dimensions : op.rhs_contracting_dimensions).push_back(at[1][k]);
    }
    for (List* l : {&op.lhs_batching_dimensions, &op.rhs_batching_dimensions,
                    &op.lhs_contracting_dimensions, &op.rhs_contracting_dimensions}) {
      d.slip(*l);
    }
    ElementType e = d.element();
    return {{{e, shapes[0]}, {d.chance(30) ? d.element() : e, shapes[1]}}, {{-3, 3}, {-3, 3}}};
  }
  Operands operator()(Convolution& op) const {
    size_t spatial = static_cast<size_t>(d.in(0, 2)), rank = spatial + 2;
    int64_t groups = d.chance(2) ? d.in(2, 3) : 1;
    bool of_batch = d.chance(2);
    (of_batch ? op.batch_group_count : op.feature_group_count) = groups;
    int64_t outputs = groups * d.in(1, 2), features = d.in(1, 2);
    // The batch, the features, then the spatial axes, each tensor in its own order.
    Shape lhs = {d.in(1, 2) * (of_batch ? groups : 1), features * (of_batch ? 1 : groups)};
    Shape rhs = {features, outputs};
    for (size_t a = 0; a < spatial; ++a) {
      lhs.push_back(d.chance(30) ? 0 : d.in(1, 4));
      rhs.push_back(d.in(1, 3));
      WindowDimension w = d.window(true);
      op.window.push_back({.stride = w.stride,
                           .padding_low = w.padding_low,
                           .padding_high = w.padding_high,
                           .lhs_dilation = w.base_dilation,
                           .rhs_dilation = w.window_dilation,
                           .reversal = d.chance(2)});
    }
    auto place = [&](int64_t& first, int64_t& second, Axes& others) {
      List order = d.permutation(rank);
      first = order[0], second = order[1];
      others.assign(order.begin() + 2, order.end());
      return order;
    };
    ConvolutionDimensions& n = op.dimensions;
    auto placed = [&](const Shape& shape, const List& order) {
      Shape result(rank);
      for (size_t a = 0; a < rank; ++a) {
        result[static_cast<size_t>(order[a])] = d.slip(shape[a]);
      }
      return result;
    };
    Shape from = placed(lhs, place(n.input_batch, n.input_feature, n.input_spatial));
    Shape with =
        placed(rhs, place(n.kernel_input_feature, n.kernel_output_feature, n.kernel_spatial));
    place(n.output_batch, n.output_feature, n.output_spatial);
    for (List* l : {&n.input_spatial, &n.kernel_spatial, &n.output_spatial}) d.slip(*l);
    n.input_batch = d.slip(n.input_batch);
    n.output_feature = d.slip(n.output_feature);
    op.feature_group_count = d.slip(op.feature_group_count);
    op.batch_group_count = d.slip(op.batch_group_count);
    ElementType e = d.element();
    return {{{e, from}, {d.chance(30) ? d.element() : e, with}}, {{-3, 3}, {-3, 3}}};
  }
  Operands operator()(ReduceWindow& op) const {
    op.kind = d.reduction();
    Shape s = d.shape(0, 2);
    bool dilated = d.chance(2);
    for (size_t a = 0; a < s.size(); ++a) op.window.push_back(d.window(dilated));
    return {{{d.element(), s}}};
  }
  Operands operator()(SelectAndScatter& op) const {
    Shape s(static_cast<size_t>(d.in(0, 2)));
    for (int64_t& extent : s) extent = d.chance(30) ? 0 : d.in(1, 6);
    for (size_t a = 0; a < s.size(); ++a) {
      op.window.push_back(d.window(d.chance(30)));
      if (op.window[a].size == 1) op.window[a].padding_low = op.window[a].padding_high = 0;
    }
    Type x = {d.element(), s};
    Type y = x;
    try {
      std::vector<Type> types = {x};
      y = pullback::infer(Op(ReduceWindow{Reduction::max, op.window}), types);
    } catch (const std::exception&) {
      // Some other shape.
    }
    for (int64_t& extent : y.shape) extent = d.slip(extent);
    if (d.chance(30)) y.element = d.element();
    return {{x, y}};
  }
  template <class T>
  Operands softmax(T& op) const {
    Type t = {d.chance(8) ? d.element() : d.floating(), d.shape(1, 3)};
    op.dimension = d.slip(d.in(0, t.rank() - 1));
    return {{t}, {{-9, 9}}};
  }
  Operands operator()(Softmax& op) const { return softmax(op); }
  Operands operator()(LogSoftmax& op) const { return softmax(op); }
  Operands operator()(SoftmaxCrossEntropy&) const {
    Type t = {d.chance(8) ? d.element() : d.floating(), {d.extent(), d.extent()}};
    return {{t, d.chance(15) ? Type{d.element(), d.shape(1, 3)} : t}, {{-9, 9}, {0, 1}}};
  }
  Operands operator()(BatchNormTraining& op) const {
    Type x = {d.chance(8) ? d.element() : d.floating(), d.shape(1, 3)};
    int64_t axis = d.in(0, x.rank() - 1);
    op.feature_index = d.slip(axis);
    op.epsilon = Decimal(d.slip(d.in(1, 9)), static_cast<int32_t>(d.in(-6, 1)));
    Type feature = x.with(Shape{d.slip(x.shape[static_cast<size_t>(axis)])});
    Type other = d.chance(30) ? Type{d.element(), d.shape(1, 2)} : feature;
    return {{x, feature, other}, {{-9, 9}, {-3, 3}, {-3, 3}}};
  }
};

template <size_t... K>
std::vector<Op> one_of_each(std::index_sequence<K...>) {
  return {Op(std::in_place_index<K>)...};
}

/// The semantics is run as a sum over all pairs of elements: small tensors only.
bool small(const RandomCase& c) {
  int64_t product = 1;
  for (const Type& t : c.use.operands) {
    product *= std::max<int64_t>(t.count(), 1);
    if (t.count() > 64) return false;
  }
  return !c.accepted || (c.use.result.count() <= 64 && product <= 1500);
}

}  // namespace

std::vector<RandomCase> random_cases(int count, uint64_t seed) {
  std::vector<RandomCase> cases;
  for (const Op& plain : one_of_each(std::make_index_sequence<std::variant_size_v<Op>>())) {
    std::string name(info_of(plain).name);
    if (!info_of(plain).outside.empty()) continue;
    Random random(seed, name);
    Draw draw(random);
    int accepted = 0;
    for (int k = 0; accepted < count; ++k) {
      PULLBACK_CHECK(k < 100 * count, name + ": too few random uses are accepted");
      RandomCase c;
      Op op = plain;
      Operands operands = std::visit(Fill{draw}, op);
      for (Type& type : operands.types) {
        for (int64_t& extent : type.shape) extent = std::max<int64_t>(extent, 0);
      }
      c.use = {name + "_random_" + std::to_string(k), op, operands.types, {}, operands.ranges};
      c.ties = draw.chance(2);
      try {
        c.use.result = infer(op, c.use.operands);
        c.accepted = true;
      } catch (const Error&) {
      }
      if (!small(c)) continue;
      if (c.accepted) ++accepted;
      cases.push_back(std::move(c));
    }
  }
  return cases;
}

std::vector<Tensor> random_inputs(const RandomCase& c) {
  std::vector<Tensor> inputs = inputs_of(c.use, ElementType::f64);
  if (!c.ties) return inputs;
  for (size_t k = 0; k < inputs.size(); ++k) {
    if (!is_float(inputs[k].element())) continue;
    bool positive = k < c.use.ranges.size() && c.use.ranges[k].low > 0;
    for (int64_t i = 0; i < inputs[k].count(); ++i) {
      inputs[k].set(i, std::round(inputs[k].at(i)) + (positive ? 1 : 0));
    }
  }
  return inputs;
}

}  // namespace pullback::test
