#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "interp/interpreter.h"
#include "ir/builder.h"
#include "tests/ir/op_cases.h"

/// Sliding windows on StableHLO's examples, and where maxima tie, are infinite or lie in padding.
namespace pullback::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Tensor vector(const std::vector<double>& values) {
  return Tensor(Shape{static_cast<int64_t>(values.size())}, values);
}

Tensor reduce(Reduction kind, const std::vector<WindowDimension>& window, const Tensor& x) {
  ReduceWindow op{kind, window};
  Type types[] = {x.type()};
  const Tensor* operands[] = {&x};
  return op.eval(operands, op.infer(types));
}

/// The operand's cotangent under a windowed maximum, for the cotangent `ct`.
Tensor max_cotangent(const std::vector<WindowDimension>& window, const Tensor& x,
                     const Tensor& ct) {
  Graph graph;
  Builder b(graph);
  Value operand = b.argument("x", x.type());
  Value cotangent = b.argument("ct", ct.type());
  ReduceWindow op{Reduction::max, window};
  Value y = b.emit(op, {operand});
  b.result(op.vjp(b, {{operand}, y, cotangent, {true}})[0]);
  return evaluate(graph, {x, ct})[0];
}

TEST(ReduceWindow, of_the_specification) {
  Tensor x(Shape{3, 2}, std::vector<int32_t>{1, 2, 3, 4, 5, 6});
  std::vector<WindowDimension> window = {{.size = 2,
                                          .stride = 4,
                                          .base_dilation = 2,
                                          .window_dilation = 3,
                                          .padding_low = 2,
                                          .padding_high = 1},
                                         {}};
  EXPECT_EQ(reduce(Reduction::add, window, x),
            Tensor(Shape{2, 2}, std::vector<int32_t>{0, 0, 3, 4}));
}

TEST(ReduceWindow, max_of_padding_alone_is_the_lowest_value) {
  std::vector<WindowDimension> window = {{.size = 2, .stride = 2, .padding_low = 2}};
  EXPECT_EQ(reduce(Reduction::max, window, vector({-3, -5})), vector({-kInfinity, -3}));
  EXPECT_EQ(reduce(Reduction::max, window, Tensor(Shape{2}, std::vector<int32_t>{-3, -5})),
            Tensor(Shape{2}, std::vector<int32_t>{std::numeric_limits<int32_t>::min(), -3}));
  EXPECT_EQ(reduce(Reduction::max, window, Tensor(Shape{2}, std::vector<bool>{0, 1})),
            Tensor(Shape{2}, std::vector<bool>{0, 1}));
}

TEST(ReduceWindow, max_keeps_nan) {
  Tensor y = reduce(Reduction::max, {{.size = 2}}, vector({1, NAN, 2, 3}));
  EXPECT_TRUE(std::isnan(y.at(0)));
  EXPECT_TRUE(std::isnan(y.at(1)));
  EXPECT_EQ(y.at(2), 3);
}

TEST(SelectAndScatter, of_the_specification) {
  SelectAndScatter op{{{.size = 3, .stride = 2, .padding_high = 1}, {}}};
  Tensor x(Shape{4, 2}, std::vector<int32_t>{1, 5, 2, 5, 3, 6, 4, 4});
  Tensor source(Shape{2, 2}, std::vector<int32_t>{5, 6, 7, 8});
  const Tensor* operands[] = {&x, &source};
  Type types[] = {x.type(), source.type()};
  EXPECT_EQ(op.eval(operands, op.infer(types)),
            Tensor(Shape{4, 2}, std::vector<int32_t>{0, 0, 0, 0, 5, 14, 7, 0}));
}

TEST(MaxCotangent, goes_to_the_first_of_equal_maxima) {
  EXPECT_EQ(max_cotangent({{.size = 3}}, vector({2, 2, 1, 2}), vector({1, 10})),
            vector({1, 10, 0, 0}));
  EXPECT_EQ(
      max_cotangent({{.size = 2, .window_dilation = 2}}, vector({2, 1, 2, 1}), vector({1, 10})),
      vector({1, 10, 0, 0}));
}

TEST(MaxCotangent, never_goes_to_padding) {
  // -inf in the operand equals the padding before it and still gets the cotangent.
  for (int64_t dilation : {1, 2}) {
    std::vector<WindowDimension> window = {
        {.size = 3, .stride = 3, .window_dilation = dilation, .padding_low = 3 * dilation - 2}};
    Tensor x = vector(std::vector<double>(static_cast<size_t>(1 + dilation), -kInfinity));
    ASSERT_EQ(reduce(Reduction::max, window, x).count(), 1) << dilation;
    Tensor d = max_cotangent(window, x, vector({7}));
    double sum = 0;
    for (double value : d.values<double>()) sum += value;
    EXPECT_EQ(sum, 7) << dilation;
  }
}

TEST(MaxCotangent, is_dropped_where_the_window_holds_padding_alone) {
  for (int64_t dilation : {1, 2}) {
    std::vector<WindowDimension> window = {
        {.size = 2, .stride = 4, .window_dilation = dilation, .padding_low = 4}};
    EXPECT_EQ(max_cotangent(window, vector({1, 2, 3}), vector({5, 7})),
              dilation == 1 ? vector({0, 7, 0}) : vector({0, 0, 7}));
  }
}

/// Values with many ties, some of them -inf.
Tensor tied(const Type& type) {
  Tensor x = random_tensor(type.with(ElementType::i32), {0, 3}, 5).convert(ElementType::f64);
  for (double& value : x.values<double>()) value = value == 0 ? -kInfinity : value;
  return x;
}

TEST(MaxCotangent, is_the_same_unrolled_as_by_select_and_scatter) {
  int compared = 0;
  for (const OpCase& c : window_cases()) {
    const auto* op = std::get_if<ReduceWindow>(&c.op);
    bool dilated = false;
    if (op == nullptr || op->kind != Reduction::max || !is_float(c.result.element)) continue;
    for (const WindowDimension& w : op->window) {
      dilated = dilated || w.base_dilation > 1 || w.window_dilation > 1;
    }
    if (dilated) continue;
    Tensor x = tied(c.operands[0]);
    Tensor ct = random_tensor(c.result.with(ElementType::f64), {-1, 1}, 6);
    // One axis more, of one element: its dilation changes nothing but the form of the rule.
    auto window = op->window;
    window.insert(window.begin(), {.base_dilation = 2});
    auto lifted = [](const Tensor& t) {
      Shape shape = t.shape();
      shape.insert(shape.begin(), 1);
      Tensor result(t.type().with(shape));
      std::copy(t.bytes().begin(), t.bytes().end(), result.bytes().begin());
      return result;
    };
    EXPECT_EQ(max_cotangent(window, lifted(x), lifted(ct)),
              lifted(max_cotangent(op->window, x, ct)))
        << c.name;
    ++compared;
  }
  EXPECT_GT(compared, 10);
}

}  // namespace
}  // namespace pullback::test
