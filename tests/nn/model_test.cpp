#include "nn/model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "interp/interpreter.h"
#include "passes/lower.h"
#include "train/step.h"

namespace pullback {
namespace {

Network small() {
  return {.name = "small",
          .source = "a test",
          .input = {.height = 6, .width = 6, .channels = 2},
          .classes = 3,
          .layers = {Conv{.out = 4, .kernel = 3}, Relu{}, MaxPool{.window = 2}, Flatten{},
                     Dense{.out = 5}, TanhLayer{}, Dense{.out = 3}}};
}

std::vector<Tensor> arguments(const Model& model, uint64_t seed) {
  std::vector<Tensor> result = initial_parameters(model, seed);
  Random random(seed, "arguments");
  for (size_t i = result.size(); i < model.graph.arguments.size(); ++i) {
    Tensor t(model.graph.arguments[i].type);
    for (int64_t k = 0; k < t.count(); ++k) {
      t.set(k, i == model.labels() ? static_cast<double>(random.below(3)) : random.normal());
    }
    result.push_back(t);
  }
  return result;
}

TEST(Model, names_arguments_after_layers) {
  Model model = build_training(small(), 2);
  verify(model.graph);
  std::vector<std::string> names;
  for (const Argument& a : model.graph.arguments) names.push_back(a.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"conv1.weight", "conv1.bias", "dense1.weight", "dense1.bias",
                                      "dense2.weight", "dense2.bias", "x", "labels"}));
  EXPECT_EQ(model.parameter_count(), 3 * 3 * 2 * 4 + 4 + 36 * 5 + 5 + 5 * 3 + 3);
}

/// The graph's memory moves as it grows, at every layer of some network.
TEST(Model, of_any_number_of_instructions) {
  Network network = small();
  for (int count = 0; count < 70; ++count) {
    network.layers.insert(network.layers.begin(), Relu{});
    Model model = build_training(network, 2);
    verify(model.graph);
    EXPECT_EQ(model.graph.type(model.graph.find("one_hot")).text(), "tensor<2x3xf32>");
  }
}

TEST(Model, counts_correct_rows_like_the_evaluation_predicts) {
  Network network = small();
  Model training = build_training(network, 7);
  Model evaluation = build_evaluation(network, 7);
  std::vector<Tensor> in = arguments(training, 3);
  auto step = evaluate(training.graph, in);
  auto rows = evaluate(evaluation.graph, in);
  double loss = 0;
  int hits = 0;
  for (int64_t n = 0; n < 7; ++n) {
    loss += rows[0].at(n) / 7;
    hits += rows[1].at(n) == in.back().at(n);
    double sum = 0;
    for (int64_t c = 0; c < 3; ++c) {
      sum += rows[2].at(n * 3 + c);
      EXPECT_LE(rows[2].at(n * 3 + c), rows[2].at(n * 3 + static_cast<int64_t>(rows[1].at(n))));
    }
    EXPECT_NEAR(sum, 1, 1e-6);
  }
  EXPECT_NEAR(step[0].at(0), loss, 1e-6);
  EXPECT_EQ(step[1].at(0), hits);
}

TEST(Model, the_step_descends_along_finite_differences) {
  Model model = build_training(small(), 3);
  TrainStep step = make_train_step(model.graph, model.parameters.size(), Sgd{});
  Graph train = retype(lower(step.graph), ElementType::f64);
  Graph forward = retype(model.graph, ElementType::f64);
  std::vector<Tensor> in;
  for (const Tensor& t : arguments(model, 5)) {
    in.push_back(t.element() == ElementType::f32 ? t.convert(ElementType::f64) : t);
  }
  auto with_rate = in;
  with_rate.insert(with_rate.begin() + static_cast<std::ptrdiff_t>(model.parameters.size()),
                   Tensor(Shape{}, std::vector<double>{1.0}));
  auto out = evaluate(train, with_rate);
  const double h = 1e-6;
  for (size_t p = 0; p < model.parameters.size(); ++p) {
    for (int64_t k = 0; k < in[p].count(); k += 7) {
      auto moved = in;
      moved[p].set(k, in[p].at(k) + h);
      double above = evaluate(forward, moved)[0].at(0);
      moved[p].set(k, in[p].at(k) - h);
      double below = evaluate(forward, moved)[0].at(0);
      double gradient = in[p].at(k) - out[p].at(k);
      EXPECT_NEAR(gradient, (above - below) / (2 * h), 1e-7) << model.parameters[p].name << k;
    }
  }
}

TEST(Model, initial_values_depend_on_seed_and_name_alone) {
  Model a = build_training(small(), 2);
  Model b = build_training(small(), 9);
  EXPECT_EQ(initial_parameters(a, 1), initial_parameters(b, 1));
  EXPECT_NE(initial_parameters(a, 1)[0], initial_parameters(a, 2)[0]);
  double squares = 0;
  Tensor weight = initial_parameters(a, 1)[2];  // dense1, followed by tanh: variance 1 / fan-in
  for (int64_t i = 0; i < weight.count(); ++i) squares += weight.at(i) * weight.at(i);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(weight.count()) * 36), 1, 0.15);
}

TEST(Model, shapes_that_do_not_fit_name_the_layer) {
  Network network = small();
  network.layers.pop_back();
  try {
    build_training(network, 2);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "tanh1: the last layer gives tensor<2x5xf32>, but 3 classes need tensor<2x3xf32>");
  }
}

}  // namespace
}  // namespace pullback
