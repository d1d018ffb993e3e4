#include "check/side_conditions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "check/gradients.h"
#include "ir/builder.h"
#include "zoo/zoo.h"

namespace pullback {
namespace {

const Type vector3{ElementType::f32, {3}};

/// The side conditions of the loss Σ f(w, v), w a parameter in R³ and v data, at these values.
std::vector<SideCondition> conditions(const std::function<Value(Builder&, Value, Value)>& f,
                                      std::vector<double> w, std::vector<double> v = {0, 0, 0}) {
  Graph graph;
  Builder b(graph);
  Value parameter = b.argument("w", vector3);
  Value data = b.argument("v", vector3);
  Value y = f(b, parameter, data);
  b.result(b.type(y).rank() == 0 ? y : b.reduce(Reduction::add, y, {0}));
  return check_side_conditions(graph, 1, {Tensor(Shape{3}, w), Tensor(Shape{3}, v)}, 1);
}
SideCondition only(const std::vector<SideCondition>& found) {
  EXPECT_EQ(found.size(), 1u);
  return found.empty() ? SideCondition{} : found[0];
}

Value zeros(Builder& b) { return b.constant(vector3, 0); }
Value relu(Builder& b, Value x) { return b.maximum(zeros(b), x); }
template <class Op>
Value unary(Builder& b, Value x) {
  return b.emit(Op{}, {x});
}

TEST(SideConditions, count_ties_and_the_least_margin) {
  auto rectified = [](Builder& b, Value w, Value) { return relu(b, w); };
  SideCondition off = only(conditions(rectified, {1, -0.25, 3}));
  EXPECT_EQ(off.op, "maximum");
  EXPECT_EQ(off.conditions, 3);
  EXPECT_EQ(off.ties, 0);
  EXPECT_EQ(off.margin, 0.25);
  EXPECT_TRUE(off.holds());
  SideCondition tied = only(conditions(rectified, {1, 0, 3}));
  EXPECT_EQ(tied.ties, 1);
  EXPECT_EQ(tied.failing, 1);
  EXPECT_EQ(tied.margin, 1);
  EXPECT_EQ(tied.first, "maximum of 0 and 0 at [1]");
}

TEST(SideConditions, allow_ties_of_what_does_not_move) {
  // Where v is 0 the product does not move; behind a ReLU that is off nothing does.
  SideCondition masked =
      only(conditions([](Builder& b, Value w, Value v) { return relu(b, b.multiply(w, v)); },
                      {1, 2, 3}, {1, 0, 0}));
  EXPECT_EQ(masked.ties, 2);
  EXPECT_TRUE(masked.holds());
  auto twice =
      conditions([](Builder& b, Value w, Value) { return relu(b, relu(b, w)); }, {1, -1, -2});
  ASSERT_EQ(twice.size(), 2u);
  EXPECT_EQ(twice[0].ties, 0);
  EXPECT_EQ(twice[1].ties, 2);
  EXPECT_TRUE(twice[1].holds());
}

TEST(SideConditions, allow_ties_of_what_moves_alike) {
  EXPECT_TRUE(
      only(conditions([](Builder& b, Value w, Value) { return b.maximum(w, w); }, {1, 2, 3}))
          .holds());
  // w and w + v tie where v is 0, and move alike; w and 2 w do not.
  EXPECT_TRUE(
      only(conditions([](Builder& b, Value w, Value v) { return b.maximum(w, b.add(w, v)); },
                      {1, 2, 3}, {0, 0, 1}))
          .holds());
  SideCondition other = only(
      conditions([](Builder& b, Value w, Value v) { return b.maximum(b.add(w, v), b.add(w, w)); },
                 {1, 2, 3}, {1, 1, 1}));
  EXPECT_EQ(other.failing, 1);
}

TEST(SideConditions, of_a_largest_element) {
  auto largest = [](Builder& b, Value w, Value) { return b.reduce(Reduction::max, w, {0}); };
  EXPECT_EQ(only(conditions(largest, {1, 4, 3.5})).margin, 0.5);
  EXPECT_EQ(only(conditions(largest, {1, 4, 4})).failing, 1);
  EXPECT_EQ(only(conditions(largest, {1, 1, 4})).ties, 0);
  auto rectified = [](Builder& b, Value w, Value) {
    return b.reduce(Reduction::max, relu(b, w), {0});
  };
  EXPECT_TRUE(conditions(rectified, {-1, -2, -3})[1].holds());
  EXPECT_EQ(conditions(rectified, {-1, -2, -3})[1].ties, 1);
}

TEST(SideConditions, of_functions_with_jumps_and_bounds) {
  auto margin = [](Op op, std::vector<double> w) {
    return only(conditions([&](Builder& b, Value x, Value) { return b.emit(op, {x}); }, w));
  };
  EXPECT_EQ(margin(Floor{}, {0.25, 1.5, -2.5}).margin, 0.25);
  EXPECT_EQ(margin(Ceil{}, {0.25, 2, -2.5}).first, "ceil of 2 at [1]");
  EXPECT_EQ(margin(RoundNearestEven{}, {0.25, 1, -2.5}).failing, 1);
  EXPECT_EQ(margin(RoundNearestAfz{}, {0.25, 1, -2.25}).margin, 0.25);
  EXPECT_EQ(margin(Sign{}, {0.5, -1, 0}).first, "sign of 0 at [2]");
  EXPECT_EQ(margin(LogPlusOne{}, {0, -0.5, -1}).first, "log_plus_one of -1 at [2]");
  EXPECT_EQ(margin(Asin{}, {0, -0.5, 1}).failing, 1);
  EXPECT_EQ(margin(Acosh{}, {1.5, 2, 3}).margin, 0.5);
  EXPECT_TRUE(margin(Cbrt{}, {1, -1, 2}).holds());
  EXPECT_TRUE(
      conditions([](Builder& b, Value w, Value) { return b.emit(Erf{}, {w}); }, {0, 1, 2}).empty());
}

TEST(SideConditions, of_two_operands_and_of_clamp) {
  auto remainder = [](Builder& b, Value w, Value v) { return b.emit(Remainder{}, {w, v}); };
  EXPECT_EQ(only(conditions(remainder, {0.5, 5, 4}, {2, 2, 2})).first,
            "remainder of 4 by 2 at [2]");
  auto angle = [](Builder& b, Value w, Value v) { return b.emit(Atan2{}, {w, v}); };
  EXPECT_EQ(only(conditions(angle, {0, 0, 1}, {1, -1, -1})).first, "atan2 of 0 and -1 at [1]");
  auto relu6 = [](Builder& b, Value w, Value) {
    Value zero = b.constant({ElementType::f32, {}}, 0), six = b.constant({ElementType::f32, {}}, 6);
    return b.emit(Clamp{}, {zero, w, six});
  };
  EXPECT_EQ(only(conditions(relu6, {-1, 5, 8})).margin, 1);
  SideCondition tied = only(conditions(relu6, {0, 5, 6}));
  EXPECT_EQ(tied.failing, 2);
  EXPECT_EQ(tied.first, "clamp of 0 at a bound at [0]");
  auto still = [&](Builder& b, Value w, Value v) { return relu6(b, b.multiply(w, v), v); };
  EXPECT_TRUE(only(conditions(still, {1, 2, 3}, {0, 1, 1})).holds());
}

TEST(SideConditions, of_windows_leave_the_padding_out) {
  ReduceWindow pool{.kind = Reduction::max,
                    .window = {{.size = 2, .stride = 2, .padding_high = 1}}};
  auto pooled = [&](Builder& b, Value w, Value) { return b.emit(pool, {w}); };
  SideCondition off = only(conditions(pooled, {1, 2, -5}));
  EXPECT_EQ(off.conditions, 2);
  EXPECT_EQ(off.margin, 1);
  EXPECT_EQ(only(conditions(pooled, {2, 2, -5})).first, "several maxima 2 at [0]");
}

TEST(SideConditions, of_a_comparison_allow_no_tie) {
  auto masked = [](Builder& b, Value w, Value) {
    Value off = relu(b, w);
    Value mask = b.compare(Direction::lt, zeros(b), off);
    return b.select(mask, off, zeros(b));
  };
  auto found = conditions(masked, {1, -1, 2});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].op, "compare");
  EXPECT_EQ(found[1].failing, 1);
}

TEST(SideConditions, of_a_value_compared_with_itself_are_none) {
  auto found = conditions(
      [](Builder& b, Value w, Value v) { return b.select(b.compare(Direction::ne, w, w), v, w); },
      {1, 0, 3});
  EXPECT_TRUE(found.empty());
}

TEST(SideConditions, of_domains) {
  auto log = [](Builder& b, Value w, Value) { return b.log(w); };
  EXPECT_EQ(only(conditions(log, {1, 2, 0.125})).margin, 0.125);
  EXPECT_EQ(only(conditions(log, {1, 0, -1})).failing, 2);
  EXPECT_EQ(only(conditions(log, {NAN, 1, 1})).failing, 1);
  auto root = [](Builder& b, Value w, Value) { return unary<Sqrt>(b, w); };
  EXPECT_EQ(only(conditions(root, {1, 0, 4})).failing, 1);
  auto inverse = [](Builder& b, Value w, Value) { return unary<Rsqrt>(b, w); };
  EXPECT_EQ(only(conditions(inverse, {1, 0, 4})).failing, 1);
  auto ratio = [](Builder& b, Value w, Value v) { return b.divide(w, v); };
  EXPECT_EQ(only(conditions(ratio, {1, 2, 3}, {0, -2, 1})).failing, 1);
  EXPECT_EQ(only(conditions(ratio, {1, 2, 3}, {4, -2, 1})).margin, 1);
  auto power = [](Builder& b, Value w, Value v) { return b.power(w, v); };
  EXPECT_EQ(only(conditions(power, {1, 0, -3}, {2, 2, 2})).failing, 2);
  auto size = [](Builder& b, Value w, Value v) { return unary<Abs>(b, b.multiply(w, v)); };
  EXPECT_TRUE(only(conditions(size, {1, 2, 3}, {1, 0, 1})).holds());
  EXPECT_FALSE(only(conditions(size, {1, 0, 3}, {1, 1, 1})).holds());
}

TEST(SideConditions, concern_only_what_moves_on_the_way_of_the_loss) {
  auto data = [](Builder& b, Value w, Value v) { return b.add(w, relu(b, v)); };
  EXPECT_TRUE(conditions(data, {1, 2, 3}).empty());
  auto unused = [](Builder& b, Value w, Value) {
    relu(b, w);
    return b.add(w, w);
  };
  EXPECT_TRUE(conditions(unused, {0, 0, 0}).empty());
}

/// Black images leave only the bias of its convolution to move its pixels.
Network of(Layer activation) {
  return {.name = "small",
          .source = "a test",
          .input = {.height = 6, .width = 6, .channels = 1},
          .classes = 3,
          .layers = {Conv{.out = 2, .kernel = 3, .padding = Padding::valid}, activation,
                     MaxPool{.window = 2}, Flatten{}, Dense{.out = 3}}};
}
std::vector<SideCondition> at_black_images(const Network& network, double bias) {
  Model model = build_training(network, 2);
  std::vector<Tensor> arguments = random_arguments(model, 1);
  for (double& value : arguments[model.x()].values<double>()) value = 0;
  for (double& value : arguments[1].values<double>()) value = bias;
  return check_side_conditions(model.graph, model.parameters.size(), arguments, 1);
}

TEST(SideConditions, of_a_network_on_a_kink_fail) {
  auto found = at_black_images(of(Relu{}), 0);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].failing, 2 * 4 * 4 * 2);  // the bias alone moves every pixel
  EXPECT_TRUE(found[1].holds());               // all of a window's elements move alike
  EXPECT_EQ(found[1].ties, 2 * 2 * 2 * 2);
  EXPECT_TRUE(at_black_images(of(Relu{}), 0.5)[0].holds());
}

TEST(SideConditions, of_a_smooth_network_have_no_tie) {
  Network network = of(TanhLayer{});
  network.layers[2] = AvgPool{.window = 2};
  for (const SideCondition& c : at_black_images(network, 0)) {
    EXPECT_EQ(c.op, "divide");  // the mean over the batch
    EXPECT_EQ(c.ties, 0);
  }
}

TEST(SideConditions, add_up_over_points) {
  auto rectified = [](Builder& b, Value w, Value) { return relu(b, w); };
  std::vector<SideCondition> all;
  add_point(all, conditions(rectified, {1, -0.25, 3}));
  add_point(all, conditions(rectified, {0, -0.125, 3}));
  EXPECT_EQ(all[0].conditions, 6);
  EXPECT_EQ(all[0].failing, 1);
  EXPECT_EQ(all[0].margin, 0.125);
  EXPECT_EQ(all[0].first, "maximum of 0 and 0 at [0]");
}

}  // namespace
}  // namespace pullback
