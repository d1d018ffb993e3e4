#include <gtest/gtest.h>

#include <cmath>

#include "check/adjoints.h"
#include "check/gradients.h"
#include "check/replay.h"
#include "ir/builder.h"
#include "zoo/zoo.h"

namespace pullback {
namespace {

Network small_cnn() {
  return {
      .name = "small-cnn",
      .source = "a test",
      .input = {.height = 8, .width = 8, .channels = 2},
      .classes = 4,
      .layers = {Conv{.out = 3, .kernel = 3}, Relu{}, MaxPool{.window = 2},
                 Conv{.out = 4, .kernel = 2, .stride = 2, .padding = 1}, Sigmoid{},
                 AvgPool{.window = 2, .stride = 1}, TanhLayer{}, GlobalAvgPool{}, Dense{.out = 4}}};
}

/// The layers of nn/activations.h and nn/mobile.h, each after a convolution and before a
/// classifier.
std::vector<Network> mobile_networks() {
  const Layers layers{Relu6{},
                      HardSigmoid{},
                      HardSwish{},
                      SwishLayer{},
                      GeluLayer{},
                      GeluLayer{.approximate = true},
                      Conv{.out = 6, .kernel = 3, .groups = 2},
                      DepthwiseConv{.kernel = 3, .stride = 2, .multiplier = 2},
                      SeparableConv{.out = 3, .kernel = 3},
                      ConvBNAct{.out = 8, .kernel = 5, .stride = 2, .groups = 4},
                      SqueezeExcite{.squeeze = 3, .gate = Activation::hard_sigmoid},
                      StochasticDepth{},
                      InvertedResidual{.out = 4, .expand = 2, .repeat = 2},
                      InvertedResidual{.out = 6, .expand = 1, .stride = 2},
                      Bneck{.out = 4, .hidden = 8, .kernel = 5, .excite = true},
                      MBConv{.out = 4, .expand = 2, .repeat = 2, .drop_step = {1, -2}}};
  std::vector<Network> networks;
  for (const Layer& layer : layers) {
    networks.push_back(
        {.name = std::string(kind_of(layer)),
         .source = "a test",
         .input = {.height = 6, .width = 7, .channels = 2},
         .classes = 3,
         .layers = {Conv{.out = 4, .kernel = 3}, layer, GlobalAvgPool{}, Dense{.out = 3}}});
  }
  return networks;
}

void expect_right(const Network& network, GradientOptions options) {
  SCOPED_TRACE(network.name);
  Model model = build_training(network, 2);
  for (const GradientCheck& c : check_gradients(model, options)) {
    EXPECT_TRUE(c.passed()) << c.parameter << " " << c.entry_error << " " << c.direction_error;
    EXPECT_EQ(c.samples + c.kinks, options.samples) << c.parameter;
    EXPECT_GT(c.samples, 0) << c.parameter;
    EXPECT_GT(c.largest, 0) << c.parameter;
  }
  auto adjoints = check_adjoints(model.graph, model.parameters.size(),
                                 random_arguments(model, options.seed), options.seed);
  EXPECT_FALSE(adjoints.empty());
  for (const AdjointCheck& c : adjoints) EXPECT_TRUE(c.passed()) << c.worst << " " << c.error;
}

TEST(Check, passes_every_layer) {
  expect_right(small_cnn(), {.samples = 30, .seed = 1});
  expect_right(small_cnn(), {.samples = 30, .seed = 2});
}

TEST(Check, passes_mobile_layers) {
  for (const Network& network : mobile_networks())
    expect_right(network, {.samples = 12, .seed = 1});
}

TEST(Check, passes_mnist_linear_and_mlp) {
  expect_right(find_network("mnist-linear"), {.samples = 10});
  expect_right(find_network("mnist-mlp"), {.samples = 3});
}

/// loss = Σ 2 max(0, x), argument 0 = x in R³.
Replay rectified(std::vector<double> x) {
  Graph graph;
  Builder b(graph);
  Type type{ElementType::f64, {3}};
  Value v = b.argument("x", type);
  Value positive = b.maximum(b.constant(type, 0), v);
  Value doubled = b.add(positive, positive);
  b.result(b.reduce(Reduction::add, doubled, {0}));
  return Replay(graph, {Tensor(Shape{3}, x)});
}

TEST(Check, accepts_the_slope_and_refuses_another) {
  Replay replay = rectified({1, 2, -1});
  Tensor u(Shape{3}, std::vector<double>{1, 0, 1});
  EXPECT_LT(compare_slope(replay, 0, u, 2, 1, 1e-6).error, 1e-9);
  SlopeComparison wrong = compare_slope(replay, 0, u, 2.01, 1, 1e-6);
  EXPECT_NEAR(wrong.error, 0.01, 1e-6);
  EXPECT_FALSE(wrong.kink);
}

TEST(Check, tells_a_kink_from_a_wrong_slope) {
  Replay replay = rectified({0, 2, -1});
  Tensor u(Shape{3}, std::vector<double>{1, 0, 0});
  EXPECT_TRUE(compare_slope(replay, 0, u, 0, 1, 1e-6).kink);
  EXPECT_TRUE(compare_slope(replay, 0, u, 2, 1, 1e-6).kink);
  EXPECT_FALSE(compare_slope(replay, 0, u, 2.1, 1, 1e-6).kink);
}

TEST(Check, refuses_a_slope_that_is_not_a_number) {
  Replay replay = rectified({1, 2, -1});
  Tensor u(Shape{3}, std::vector<double>{1, 0, 0});
  EXPECT_GT(compare_slope(replay, 0, u, NAN, 1, 1e-6).error, 1);
}

}  // namespace
}  // namespace pullback
