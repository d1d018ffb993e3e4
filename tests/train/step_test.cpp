#include "train/step.h"

#include <gtest/gtest.h>

#include "interp/interpreter.h"

namespace pullback {
namespace {

/// loss = Σ (w x - y)² over a vector; an unused parameter u.
Graph quadratic() {
  Graph g;
  g.name = "quadratic";
  Builder b(g);
  Type type{ElementType::f64, {2}};
  Value w = b.argument("w", type);
  b.argument("u", type);
  Value x = b.argument("x", type);
  Value y = b.argument("y", type);
  Value error = b.subtract(b.multiply(w, x, "prediction"), y, "error");
  Value loss = b.reduce(Reduction::add, b.multiply(error, error, "square"), {0}, "loss");
  b.result(loss);
  b.result(error);
  return g;
}

Tensor vec(double a, double b) { return Tensor(Shape{2}, std::vector<double>{a, b}); }
Tensor num(double a) { return Tensor(Shape{}, std::vector<double>{a}); }

TEST(TrainStep, sgd_descends_along_the_gradient) {
  TrainStep step = make_train_step(quadratic(), 2, Sgd{});
  verify(step.graph);
  EXPECT_EQ(step.parameters, 2u);
  EXPECT_EQ(step.state, 0u);
  EXPECT_EQ(step.graph.arguments[step.learning_rate()].name, "learning_rate");
  // error = (1·2 - 3, 2·1 - 5) = (-1, -3); gradient 2·error·x = (-4, -6)
  auto out = evaluate(step.graph, {vec(1, 2), vec(7, 8), num(0.5), vec(2, 1), vec(3, 5)});
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[0], vec(1 + 0.5 * 4, 2 + 0.5 * 6));
  EXPECT_EQ(out[1], vec(7, 8));  // the loss does not depend on u
  EXPECT_EQ(out[2], num(10));
  EXPECT_EQ(out[3], vec(-1, -3));
}

TEST(TrainStep, momentum_keeps_a_velocity_per_parameter) {
  TrainStep step = make_train_step(quadratic(), 2, Momentum{});
  verify(step.graph);
  EXPECT_EQ(step.state, 2u);
  EXPECT_EQ(step.graph.arguments[2].name, "w$velocity");
  EXPECT_EQ(step.graph.arguments[3].name, "u$velocity");
  auto out = evaluate(
      step.graph, {vec(1, 2), vec(7, 8), vec(10, 20), vec(1, 1), num(0.5), vec(2, 1), vec(3, 5)});
  ASSERT_EQ(out.size(), 6u);
  EXPECT_EQ(out[2], vec(0.9 * 10 - 4, 0.9 * 20 - 6));
  EXPECT_EQ(out[0], vec(1 - 0.5 * 5, 2 - 0.5 * 12));
  EXPECT_EQ(out[3], vec(1, 1));
}

TEST(Optimizer, an_unknown_name_lists_the_known_ones) {
  try {
    optimizer_named("momentun");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "there is no optimizer 'momentun'; choose one of sgd, momentum, nesterov, "
                 "rmsprop, adam, adamw, lamb "
                 "(did you mean 'momentum'?)");
  }
}

}  // namespace
}  // namespace pullback
