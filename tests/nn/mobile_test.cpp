#include "nn/mobile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/random.h"
#include "interp/interpreter.h"
#include "nn/model.h"
#include "passes/lower.h"

namespace pullback {
namespace {

/// A network of one layer and what a classifier needs, on images of 4 × 5 × channels.
Network of(Layer layer, int64_t channels = 4) {
  return {.name = "one",
          .source = "a test",
          .input = {.height = 4, .width = 5, .channels = channels},
          .classes = 3,
          .layers = {std::move(layer), GlobalAvgPool{}, Dense{.out = 3}}};
}

/// The first layer's output at random weights and images, with those arguments.
struct Outcome {
  Model model;
  std::vector<Tensor> in;
  Tensor out;

  const Tensor& argument(const std::string& name) const {
    for (size_t i = 0; i < in.size(); ++i) {
      if (model.graph.arguments[i].name == name) return in[i];
    }
    throw Error("no argument " + name);
  }
  const Tensor& x() const { return in[model.x()]; }
};

Outcome run(const Network& network, bool training = true) {
  Outcome r{
      training ? build_training(network, 2) : build_evaluation(network, 2), {}, Tensor(Type{})};
  Random random(1, "arguments");
  for (const Argument& a : r.model.graph.arguments) {
    Tensor t(is_float(a.type.element) ? a.type.with(ElementType::f64) : a.type);
    for (int64_t k = 0; k < t.count(); ++k) {
      t.set(k, is_float(a.type.element) ? 3 * random.normal() : 0);
    }
    r.in.push_back(t);
  }
  Graph graph = retype(lower(r.model.graph), ElementType::f64);
  graph.results = {graph.find(r.model.graph.name_of(r.model.layers[0].value))};
  r.out = evaluate(graph, r.in)[0];
  return r;
}

TEST(Mobile, a_depthwise_convolution_keeps_channels_apart) {
  Outcome r = run(of(DepthwiseConv{.kernel = 3, .multiplier = 2}));
  const Tensor& w = r.argument("depthwise_conv1.weight");
  const Tensor& b = r.argument("depthwise_conv1.bias");
  ASSERT_EQ(w.shape(), (Shape{3, 3, 1, 8}));
  ASSERT_EQ(r.out.shape(), (Shape{2, 4, 5, 8}));
  for (int64_t n = 0; n < 2; ++n) {
    for (int64_t c = 0; c < 8; ++c) {
      double sum = b.at(c);  // at position (1, 2), which sees no padding
      for (int64_t k = 0; k < 3; ++k) {
        for (int64_t l = 0; l < 3; ++l) {
          sum += r.x().at(((n * 4 + k) * 5 + l + 1) * 4 + c / 2) * w.at((k * 3 + l) * 8 + c);
        }
      }
      EXPECT_NEAR(r.out.at(((n * 4 + 1) * 5 + 2) * 8 + c), sum, 1e-12);
    }
  }
}

TEST(Mobile, squeeze_and_excitation_gates_channels) {
  Outcome r = run(of(SqueezeExcite{.squeeze = 2, .gate = Activation::hard_sigmoid}));
  const Tensor& w1 = r.argument("squeeze_excite1.dense1.weight");
  const Tensor& b1 = r.argument("squeeze_excite1.dense1.bias");
  const Tensor& w2 = r.argument("squeeze_excite1.dense2.weight");
  const Tensor& b2 = r.argument("squeeze_excite1.dense2.bias");
  for (int64_t n = 0; n < 2; ++n) {
    double hidden[2] = {b1.at(0), b1.at(1)};
    for (int64_t i = 0; i < 20; ++i) {
      for (int64_t c = 0; c < 4; ++c) {
        for (int64_t h : {0, 1})
          hidden[h] += r.x().at((n * 20 + i) * 4 + c) / 20 * w1.at(c * 2 + h);
      }
    }
    for (int64_t c = 0; c < 4; ++c) {
      double gate = b2.at(c);
      for (int64_t h : {0, 1}) gate += std::max(0.0, hidden[h]) * w2.at(h * 4 + c);
      gate = std::clamp(gate + 3, 0.0, 6.0) / 6;
      for (int64_t i = 0; i < 20; ++i) {
        int64_t at = (n * 20 + i) * 4 + c;
        EXPECT_NEAR(r.out.at(at), r.x().at(at) * gate, 1e-12);
      }
    }
  }
}

TEST(Mobile, activations_have_their_values) {
  auto hard = [](double x) { return std::clamp(x + 3, 0.0, 6.0) / 6; };
  const std::vector<std::pair<Layer, std::function<double(double)>>> cases{
      {Relu6{}, [](double x) { return std::clamp(x, 0.0, 6.0); }},
      {HardSigmoid{}, hard},
      {HardSwish{}, [&](double x) { return x * hard(x); }},
      {SwishLayer{}, [](double x) { return x / (1 + std::exp(-x)); }},
      {GeluLayer{}, [](double x) { return x * (1 + std::erf(x / std::sqrt(2))) / 2; }},
      {GeluLayer{.approximate = true}, [](double x) {
         double c = std::sqrt(2 / std::acos(-1));
         return x * (1 + std::tanh(c * (x + 0.044715 * x * x * x))) / 2;
       }}};
  for (const auto& [layer, f] : cases) {
    Outcome r = run(of(layer));
    for (int64_t i = 0; i < r.out.count(); ++i) {
      EXPECT_NEAR(r.out.at(i), f(r.x().at(i)), 1e-13) << kind_of(layer);
    }
  }
}

TEST(Mobile, activations_are_found_by_name) {
  for (const std::string& name : activation_names()) {
    EXPECT_EQ(to_string(activation_named(name).value()), name);
    Layers layers = activation_layers(activation_named(name).value());
    EXPECT_EQ(layers.empty() ? "none" : kind_of(layers[0]), name);
  }
  EXPECT_FALSE(activation_named("softplus"));
}

TEST(Mobile, stochastic_depth_drops_whole_rows_in_training_alone) {
  Network network = of(StochasticDepth{.rate = {25, -2}});
  Outcome training = run(network);
  ASSERT_EQ(training.model.noise.size(), 1u);
  EXPECT_EQ(training.model.noise[0].type, (Type{ElementType::f32, {2}}));
  EXPECT_EQ(training.model.noise[0].keep, 0.75);
  const Tensor& mask = training.argument("stochastic_depth1.mask");
  for (int64_t i = 0; i < training.out.count(); ++i) {
    EXPECT_EQ(training.out.at(i), training.x().at(i) * mask.at(i / 80));
  }
  Outcome evaluation = run(network, false);
  EXPECT_EQ(evaluation.out, evaluation.x());
  EXPECT_TRUE(run(of(StochasticDepth{.rate = 0})).model.noise.empty());
}

/// The parameters' names and counts of a network's first layer.
std::vector<std::string> names(const Network& network) {
  std::vector<std::string> result;
  for (const Parameter& p : build_training(network, 2).parameters) {
    if (!p.name.starts_with("dense")) result.push_back(p.name);
  }
  return result;
}

TEST(Mobile, blocks_name_their_parts) {
  EXPECT_EQ(names(of(InvertedResidual{.out = 4, .expand = 1, .repeat = 1})),
            (std::vector<std::string>{
                "inverted_residual1.block1.conv_bn_act1.weight",
                "inverted_residual1.block1.conv_bn_act1.scale",
                "inverted_residual1.block1.conv_bn_act1.offset",
                "inverted_residual1.block1.conv_bn_act2.weight",
                "inverted_residual1.block1.conv_bn_act2.scale",
                "inverted_residual1.block1.conv_bn_act2.offset",
            }));
  EXPECT_EQ(names(of(MBConv{.out = 4, .expand = 2}))[6],
            "mbconv1.block1.squeeze_excite1.dense1.weight");
}

TEST(Mobile, a_shortcut_needs_equal_shapes) {
  auto adds = [](Layer layer) {
    Model model = build_training(of(std::move(layer)), 2);
    return model.graph.name_of(model.layers[0].value).ends_with("sum1");
  };
  EXPECT_TRUE(adds(InvertedResidual{.out = 4, .expand = 2}));
  EXPECT_FALSE(adds(InvertedResidual{.out = 8, .expand = 2}));
  EXPECT_FALSE(adds(Bneck{.out = 4, .hidden = 8, .stride = 2}));
  EXPECT_TRUE(adds(MBConv{.out = 8, .expand = 2, .repeat = 2}));
}

TEST(Mobile, squeezes_to_multiples_of_eight) {
  auto squeezed = [](int64_t hidden) {
    Model model = build_training(of(Bneck{.out = 4, .hidden = hidden, .excite = true}), 2);
    for (const Parameter& p : model.parameters) {
      if (p.name.ends_with("squeeze_excite1.dense1.bias")) return p.type.shape[0];
    }
    return int64_t{0};
  };
  EXPECT_EQ(squeezed(16), 8);
  EXPECT_EQ(squeezed(72), 24);
  EXPECT_EQ(squeezed(120), 32);
  EXPECT_EQ(squeezed(960), 240);
}

}  // namespace
}  // namespace pullback
