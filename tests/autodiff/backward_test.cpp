#include "autodiff/backward.h"

#include <gtest/gtest.h>

#include <cmath>

#include "interp/interpreter.h"

namespace pullback {
namespace {

const Type scalar{ElementType::f64, {}};
const Type vector3{ElementType::f64, {3}};

Tensor vector(const std::vector<double>& values) {
  return Tensor(Shape{static_cast<int64_t>(values.size())}, values);
}

/// The gradients of a graph whose loss is value `loss`, by name of the argument.
struct Gradients {
  Graph graph;
  Backward backward;

  Gradients(const Graph& forward, Value loss, const Values& parameters) : graph(forward) {
    Builder builder(graph);
    backward = add_backward(builder, loss, parameters);
    graph.results.clear();
    for (Value p : parameters) {
      Value d = backward.cotangents[static_cast<size_t>(p.id)];
      if (d) graph.results.push_back(d);
    }
    verify(graph);
  }
};

TEST(Backward, chain_rule_composes_slopes) {
  Graph g;
  Builder b(g);
  Value x = b.argument("x", scalar);
  Value loss = b.exponential(b.sine(x, "s"), "loss");
  Gradients gradients(g, loss, {x});
  double at = 0.7;
  auto d = evaluate(gradients.graph, {Tensor(Shape{}, std::vector<double>{at})});
  EXPECT_NEAR(d[0].at(0), std::exp(std::sin(at)) * std::cos(at), 1e-15);
}

TEST(Backward, additive_fan_in_sums_in_the_order_of_the_walk) {
  Graph g;
  Builder b(g);
  Value x = b.argument("x", scalar);
  Value a = b.sine(x, "a");
  Value c = b.exponential(x, "c");
  Value loss = b.multiply(a, c, "loss");
  Gradients gradients(g, loss, {x});
  std::vector<std::string> names;
  for (size_t i = g.instrs.size(); i < gradients.graph.instrs.size(); ++i) {
    names.push_back(gradients.graph.instrs[i].name);
  }
  // The walk meets c first, then a: d.x from c, d.x$2 from a, d.x$3 their sum.
  EXPECT_EQ(names,
            (std::vector<std::string>{"d.loss", "d.a", "d.c", "d.x", "a$1", "d.x$2", "d.x$3"}));
  const Instr& sum = gradients.graph.instrs.back();
  EXPECT_TRUE(std::holds_alternative<Add>(sum.op));
  EXPECT_EQ(gradients.graph.name_of(sum.operands[0]), "d.x");
  EXPECT_TRUE(gradients.backward.steps.back().sum);
}

TEST(Backward, a_square_gets_both_contributions) {
  Graph g;
  Builder b(g);
  Value x = b.argument("x", vector3);
  Value loss = b.reduce(Reduction::add, b.multiply(x, x, "square"), {0}, "loss");
  Gradients gradients(g, loss, {x});
  auto d = evaluate(gradients.graph, {vector({1, -2, 3})});
  EXPECT_EQ(d[0], vector({2, -4, 6}));
}

TEST(Backward, only_values_that_depend_on_a_parameter_get_cotangents) {
  Graph g;
  Builder b(g);
  Value w = b.argument("w", vector3);
  Value x = b.argument("x", vector3);
  Value features = b.exponential(x, "features");
  Value loss = b.reduce(Reduction::add, b.multiply(features, w, "product"), {0}, "loss");
  Gradients gradients(g, loss, {w});
  EXPECT_TRUE(gradients.backward.cotangents[static_cast<size_t>(w.id)]);
  EXPECT_FALSE(gradients.backward.cotangents[static_cast<size_t>(x.id)]);
  EXPECT_FALSE(gradients.backward.cotangents[static_cast<size_t>(features.id)]);
}

TEST(Backward, integers_and_masks_carry_no_cotangent) {
  Graph g;
  Builder b(g);
  Value x = b.argument("x", vector3);
  Value zero = b.constant(vector3, 0, "zero");
  Value mask = b.compare(Direction::lt, zero, x, "mask");
  Value counted = b.convert(mask, ElementType::f64, "counted");
  Value kept = b.multiply(counted, x, "kept");
  Value loss = b.reduce(Reduction::add, kept, {0}, "loss");
  Gradients gradients(g, loss, {x});
  auto d = evaluate(gradients.graph, {vector({1, -2, 3})});
  EXPECT_EQ(d[0], vector({1, 0, 1}));
}

TEST(Backward, a_parameter_that_the_loss_ignores_has_no_cotangent) {
  Graph g;
  Builder b(g);
  Value w = b.argument("w", vector3);
  Value v = b.argument("v", vector3);
  Value loss = b.reduce(Reduction::add, w, {0}, "loss");
  Gradients gradients(g, loss, {w, v});
  EXPECT_FALSE(gradients.backward.cotangents[static_cast<size_t>(v.id)]);
}

TEST(Backward, the_walk_is_deterministic) {
  Graph g;
  Builder b(g);
  Value x = b.argument("x", vector3);
  Value loss = b.reduce(Reduction::add, b.multiply(b.sine(x), b.cosine(x)), {0}, "loss");
  EXPECT_EQ(Gradients(g, loss, {x}).graph, Gradients(g, loss, {x}).graph);
}

TEST(Backward, rejects_a_loss_that_is_no_scalar) {
  Graph g;
  Builder b(g);
  Value x = b.argument("x", vector3);
  Value y = b.sine(x, "y");
  try {
    add_backward(b, y, {x});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "the loss 'y' is tensor<3xf64>; a gradient needs a floating-point scalar, e.g. "
                 "tensor<f32>");
  }
}

}  // namespace
}  // namespace pullback
