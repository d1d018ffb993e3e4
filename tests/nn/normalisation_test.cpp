#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "interp/interpreter.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "train/step.h"

namespace pullback {
namespace {

Network normalised() {
  return {.name = "normalised",
          .source = "a test",
          .input = {.height = 4, .width = 4, .channels = 2},
          .classes = 3,
          .layers = {BatchNorm{}, Conv{.out = 4, .kernel = 3}, BatchNorm{.momentum = {25, -2}},
                     Relu{}, Dropout{}, Flatten{}, Dense{.out = 3}}};
}

std::vector<Tensor> arguments(const Model& model, uint64_t seed) {
  std::vector<Tensor> result;
  for (const Tensor& t : initial_weights(model, seed))
    result.push_back(t.convert(ElementType::f64));
  Random random(seed, "arguments");
  Tensor x(model.graph.arguments[model.x()].type.with(ElementType::f64));
  for (double& value : x.values<double>()) value = 3 + 2 * random.normal();
  Tensor labels(model.graph.arguments[model.labels()].type);
  for (int32_t& label : labels.values<int32_t>()) label = static_cast<int32_t>(random.below(3));
  result.push_back(x);
  result.push_back(labels);
  for (const Noise& n : model.noise) result.push_back(draw(n, seed, 0).convert(ElementType::f64));
  return result;
}

TEST(BatchNorm, statistics_are_arguments_and_results) {
  Model model = build_training(normalised(), 5);
  verify(model.graph);
  std::vector<std::string> names;
  for (const Argument& a : model.graph.arguments) names.push_back(a.name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "batch_norm1.scale", "batch_norm1.offset", "conv1.weight", "conv1.bias",
                       "batch_norm2.scale", "batch_norm2.offset", "dense1.weight", "dense1.bias",
                       "batch_norm1.mean", "batch_norm1.variance", "batch_norm2.mean",
                       "batch_norm2.variance", "x", "labels", "dropout1.mask"}));
  EXPECT_EQ(model.graph.results.size(), 6u);
  EXPECT_EQ(model.graph.name_of(model.graph.results[2]), "batch_norm1.mean.new");
}

TEST(BatchNorm, running_statistics_move_towards_those_of_the_batch) {
  Model model = build_training(normalised(), 5);
  std::vector<Tensor> in = arguments(model, 1);
  std::vector<Tensor> out = evaluate(retype(lower(model.graph), ElementType::f64), in);
  auto x = in[model.x()].values<double>();
  for (size_t c = 0; c < 2; ++c) {
    double n = 5 * 4 * 4, mean = 0, total = 0;
    for (size_t i = c; i < x.size(); i += 2) mean += x[i] / n;
    for (size_t i = c; i < x.size(); i += 2) total += (x[i] - mean) * (x[i] - mean);
    EXPECT_NEAR(out[2].at(static_cast<int64_t>(c)), 0.1 * mean, 1e-12);
    EXPECT_NEAR(out[3].at(static_cast<int64_t>(c)), 0.9 + 0.1 * total / (n - 1), 1e-12);
  }
}

TEST(BatchNorm, the_evaluation_of_the_batch_statistics_is_the_training) {
  Network network = normalised();
  network.layers.erase(network.layers.begin() + 4);  // dropout
  Model training = build_training(network, 5), evaluation = build_evaluation(network, 5);
  std::vector<Tensor> in = arguments(training, 2);
  Graph forward = retype(lower(training.graph), ElementType::f64);
  Value logits = training.logits;
  std::string name = training.graph.name_of(logits);
  forward.results = {forward.find(name)};
  // Momentum 1 would leave the batch's statistics, but for n - 1 in place of n.
  std::vector<Tensor> moved = evaluate(retype(lower(training.graph), ElementType::f64), in);
  std::vector<double> n{5 * 4 * 4, 5 * 4 * 4}, momentum{0.1, 0.25};
  std::vector<Tensor> given = in;
  for (size_t k = 0; k < 2; ++k) {
    size_t at = training.parameters.size() + 2 * k;
    for (int64_t c = 0; c < given[at].count(); ++c) {
      given[at].set(c, moved[2 + 2 * k].at(c) / momentum[k]);
      double unbiased = (moved[3 + 2 * k].at(c) - (1 - momentum[k])) / momentum[k];
      given[at + 1].set(c, unbiased * (n[k] - 1) / n[k]);
    }
  }
  Graph eval = retype(lower(evaluation.graph), ElementType::f64);
  eval.results = {eval.find(evaluation.graph.name_of(evaluation.logits))};
  Tensor expected = evaluate(forward, in)[0], actual = evaluate(eval, given)[0];
  for (int64_t i = 0; i < expected.count(); ++i) EXPECT_NEAR(actual.at(i), expected.at(i), 1e-9);
}

TEST(BatchNorm, needs_two_elements_a_channel) {
  Network network = normalised();
  network.layers = {GlobalAvgPool{}, BatchNorm{}, Dense{.out = 3}};
  EXPECT_THROW(build_training(network, 1), LayerError);
  EXPECT_NO_THROW(build_training(network, 2));
  EXPECT_NO_THROW(build_evaluation(network, 1));
}

TEST(BatchNorm, a_step_keeps_the_statistics_apart_from_the_parameters) {
  Model model = build_training(normalised(), 5);
  TrainStep step =
      make_train_step(model.graph, model.parameters.size(), Momentum{}, model.statistics.size());
  verify(lower(step.graph));
  EXPECT_EQ(step.kept(), 8u + 8u + 4u);
  EXPECT_EQ(step.graph.arguments[16].name, "batch_norm1.mean");
  EXPECT_EQ(step.graph.name_of(step.graph.results[16]), "batch_norm1.mean.new");
}

TEST(Dropout, keeps_what_it_says_and_draws_anew_each_step) {
  Noise noise{"mask", {ElementType::f32, {100, 100}}, 0.75};
  Tensor first = draw(noise, 1, 0);
  double kept = 0;
  for (float value : first.values<float>()) {
    EXPECT_TRUE(value == 0 || value == static_cast<float>(1 / 0.75));
    kept += value != 0;
  }
  EXPECT_NEAR(kept / 1e4, 0.75, 0.02);
  EXPECT_EQ(draw(noise, 1, 0), first);
  EXPECT_NE(draw(noise, 1, 1), first);
  EXPECT_NE(draw(noise, 2, 0), first);
}

TEST(Dropout, is_nothing_in_the_evaluation) {
  Model model = build_evaluation(normalised(), 2);
  EXPECT_TRUE(model.noise.empty());
  EXPECT_EQ(model.layers[4].value, model.layers[3].value);
}

TEST(Labels, smoothing_mixes_in_the_uniform_distribution) {
  Network network = normalised();
  network.layers = {Flatten{}, Dense{.out = 3}};
  Model plain = build_training(network, 4),
        smooth = build_training(network, 4, {.smoothing = {3, -1}}),
        soft = build_training(network, 4, {.soft = true});
  std::vector<Tensor> in = arguments(plain, 3), mixed = in;
  Tensor labels(Type{ElementType::f64, {4, 3}});
  for (int64_t n = 0; n < 4; ++n) {
    for (int64_t c = 0; c < 3; ++c) {
      labels.set(3 * n + c, 0.1 + (in[soft.labels()].at(n) == static_cast<double>(c) ? 0.7 : 0));
    }
  }
  mixed[soft.labels()] = labels;
  auto loss = [](const Model& model, const std::vector<Tensor>& arguments) {
    return evaluate(retype(lower(model.graph), ElementType::f64), arguments);
  };
  auto a = loss(smooth, in), b = loss(soft, mixed);
  EXPECT_NEAR(a[0].at(0), b[0].at(0), 1e-12);
  EXPECT_EQ(a[1].at(0), b[1].at(0));
  EXPECT_NE(a[0].at(0), loss(plain, in)[0].at(0));
  EXPECT_THROW(build_training(network, 4, {.smoothing = {1}}), Error);
}

}  // namespace
}  // namespace pullback
