#include "passes/lower.h"

#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/backward.h"
#include "interp/interpreter.h"

namespace pullback {
namespace {

Tensor random_tensor(const Shape& shape, unsigned seed, double scale) {
  Tensor t(Type{ElementType::f64, shape});
  for (int64_t i = 0; i < t.count(); ++i) {
    seed = seed * 1664525u + 1013904223u;
    t.set(i, scale * (static_cast<double>(seed >> 8) / (1 << 23) - 1.0));
  }
  return t;
}

void expect_near(const Tensor& a, const Tensor& b, double tolerance) {
  ASSERT_EQ(a.type(), b.type());
  for (int64_t i = 0; i < a.count(); ++i) EXPECT_NEAR(a.at(i), b.at(i), tolerance) << i;
}

struct Case {
  const char* name;
  Op op;
  Shape shape;
};

std::vector<Case> cases() {
  return {{"softmax_rows", Softmax{.dimension = 1}, {3, 5}},
          {"softmax_columns", Softmax{.dimension = 0}, {3, 5}},
          {"softmax_middle", Softmax{.dimension = 1}, {2, 3, 4}},
          {"softmax_single", Softmax{.dimension = 0}, {1}},
          {"log_softmax_rows", LogSoftmax{.dimension = 1}, {3, 5}},
          {"log_softmax_middle", LogSoftmax{.dimension = 1}, {2, 3, 4}},
          {"cross_entropy", SoftmaxCrossEntropy{}, {4, 6}},
          {"swish", Swish{}, {3, 5}},
          {"gelu", Gelu{}, {3, 5}},
          {"gelu_tanh", GeluTanh{}, {3, 5}},
          {"batch_norm_rows", BatchNormTraining{.feature_index = 1}, {5, 3}},
          {"batch_norm_images", BatchNormTraining{.feature_index = 3}, {2, 3, 2, 2}}};
}

/// The op on `x` (and labels, or scale and offset), weighted and summed to a loss with both
/// cotangents.
Graph with_loss(const Case& c, bool gradients) {
  Graph g;
  Builder b(g);
  Type type{ElementType::f64, c.shape};
  Values in{b.argument("x", type)};
  if (std::holds_alternative<SoftmaxCrossEntropy>(c.op)) in.push_back(b.argument("labels", type));
  if (auto* norm = std::get_if<BatchNormTraining>(&c.op)) {
    Type feature = type.with(Shape{c.shape[static_cast<size_t>(norm->feature_index)]});
    in.push_back(b.argument("scale", feature));
    in.push_back(b.argument("offset", feature));
  }
  Value y = b.emit(c.op, in, "y");
  Value squares = b.multiply(y, y, "squares");
  Axes all = other_axes(b.type(y).rank(), {});
  Value loss = b.reduce(Reduction::add, squares, all, "loss");
  b.result(y);
  b.result(loss);
  if (gradients) {
    Backward backward = add_backward(b, loss, in);
    for (Value v : in) b.result(backward.cotangents[static_cast<size_t>(v.id)]);
  }
  return g;
}

std::vector<Tensor> arguments(const Graph& g, double scale) {
  std::vector<Tensor> result;
  for (size_t i = 0; i < g.arguments.size(); ++i) {
    result.push_back(random_tensor(g.arguments[i].type.shape, static_cast<unsigned>(i + 1), scale));
  }
  return result;
}

TEST(Lower, equals_the_composite_and_keeps_names) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    Graph g = with_loss(c, true);
    Graph lowered = lower(g);
    verify(lowered);
    for (const Instr& instr : lowered.instrs) EXPECT_FALSE(info_of(instr.op).composite);
    EXPECT_TRUE(lowered.find("y"));
    auto expected = evaluate(g, arguments(g, 3));
    auto actual = evaluate(lowered, arguments(g, 3));
    ASSERT_EQ(expected.size(), actual.size());
    for (size_t i = 0; i < expected.size(); ++i) expect_near(actual[i], expected[i], 1e-12);
  }
}

TEST(Lower, stays_finite_for_large_logits) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    Graph g = lower(with_loss(c, true));
    for (const Tensor& t : evaluate(g, arguments(g, 2000))) {
      for (int64_t i = 0; i < t.count(); ++i) EXPECT_TRUE(std::isfinite(t.at(i)));
    }
  }
}

TEST(Lower, composite_gradients_pass_finite_differences) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    Graph g = with_loss(c, true);
    std::vector<Tensor> at = arguments(g, 1);
    auto results = evaluate(g, at);
    const double h = 1e-5;
    for (size_t p = 0; p < at.size(); ++p) {
      for (int64_t i = 0; i < at[p].count(); ++i) {
        auto shifted = at;
        shifted[p].set(i, at[p].at(i) + h);
        double above = evaluate(g, shifted)[1].at(0);
        shifted[p].set(i, at[p].at(i) - h);
        double below = evaluate(g, shifted)[1].at(0);
        double slope = (above - below) / (2 * h);
        EXPECT_NEAR(results[2 + p].at(i), slope, 1e-7 * std::max(1.0, std::abs(slope)));
      }
    }
  }
}

TEST(Lower, leaves_a_graph_without_composites_unchanged) {
  Graph g;
  Builder b(g);
  Value x = b.argument("x", {ElementType::f32, {2}});
  b.result(b.exponential(x, "y"));
  EXPECT_EQ(lower(g), g);
}

}  // namespace
}  // namespace pullback
