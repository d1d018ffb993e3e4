#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "interp/interpreter.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "train/step.h"
#include "zoo/zoo.h"

namespace pullback {
namespace {

/// The largest |a - b| relative to the largest |b|.
double relative_error(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape(), b.shape());
  double error = 0, scale = 1e-30;
  for (int64_t i = 0; i < a.count(); ++i) {
    error = std::max(error, std::abs(a.at(i) - b.at(i)));
    scale = std::max(scale, std::abs(b.at(i)));
    if (!std::isfinite(a.at(i))) return INFINITY;
  }
  return error / scale;
}

Network small_cnn() {
  return {.name = "small-cnn",
          .source = "a test",
          .input = {.height = 10, .width = 9, .channels = 2},
          .layers = {Conv{.out = 16, .kernel = 3}, Relu{}, Conv{.out = 16, .kernel = 3}, Relu{},
                     MaxPool{.window = 2}, Conv{.out = 8, .kernel = 3, .stride = 2}, TanhLayer{},
                     AvgPool{.window = 2, .stride = 1}, Conv{.out = 6, .kernel = 1, .bias = false},
                     Sigmoid{}, GlobalAvgPool{}, Dense{.out = 24}, Relu{}, Dense{.out = 10}}};
}

/// Batch norms whose outputs are read again backward, overlapping pools, shortcuts.
Network small_resnet() {
  return {.name = "small-resnet",
          .source = "a test",
          .input = {.height = 13, .width = 14, .channels = 3},
          .layers = {ConvBN{.out = 16, .kernel = 5, .stride = 2},
                     MaxPool{.window = 3, .stride = 2, .padding = Padding::same},
                     BasicBlock{.out = 16, .repeat = 2}, BasicBlock{.out = 24, .stride = 2},
                     GlobalAvgPool{}, Dense{.out = 10}}};
}

/// Channels that are more than a strip holds, over several pixels.
Network wide_norm() {
  return {.name = "wide-norm",
          .source = "a test",
          .input = {.height = 2, .width = 3, .channels = 4},
          .layers = {ConvBN{.out = 512, .kernel = 1}, ConvBN{.out = 640, .kernel = 1},
                     ConvBN{.out = 1056, .kernel = 1}, GlobalAvgPool{}, Dense{.out = 10}}};
}

/// A convolution whose kernel's gradient takes several images at once.
Network many_channels() {
  return {.name = "many-channels",
          .source = "a test",
          .input = {.height = 3, .width = 3, .channels = 4},
          .layers = {Conv{.out = 256, .kernel = 1}, Conv{.out = 512, .kernel = 3}, Relu{},
                     GlobalAvgPool{}, Dense{.out = 10}}};
}

std::vector<Tensor> step_arguments(const Model& model, const TrainStep& step, uint64_t seed) {
  std::vector<Tensor> in = initial_parameters(model, seed);
  bool adaptive = step.graph.find(model.parameters[0].name + "$v").id >= 0;
  Random random(seed, "batch");
  for (size_t i = in.size(); i < step.graph.arguments.size(); ++i) {
    Tensor t(step.graph.arguments[i].type);
    for (int64_t k = 0; k < t.count(); ++k) {
      double value = random.normal();
      if (i < step.batch_begin()) value = 0.01;  // state and learning rate
      // Adaptive rules move every element by about the rate, whatever the gradient's size: a small
      // rate keeps the loss, whose relative error counts, from vanishing. And 1 - β^t loses no
      // digits in f32 if t is large.
      if (i == step.learning_rate() && adaptive) value = 1e-4;
      if (i == step.number()) value = 100;
      if (i == step.batch_begin() + 1) value = static_cast<double>(random.below(10));
      t.set(k, value);
    }
    in.push_back(t);
  }
  return in;
}

/// Steps of the native backend against the interpreter in f64, both from the printed text.
void compare_steps(kernels::Isa isa, const Network& network, const std::string& optimizer,
                   int64_t batch, int threads, int steps, double tolerance) {
  SCOPED_TRACE(network.name + " " + optimizer + " threads " + std::to_string(threads) + " " +
               std::string(kernels::name(isa)));
  Model model = build_training(network, batch);
  TrainStep step = make_train_step(model.graph, model.parameters.size(), optimizer_named(optimizer),
                                   model.statistics.size());
  Graph lowered = lower(step.graph);
  auto native = compile("native", print_stablehlo(lowered), "step.mlir",
                        {.threads = threads, .kept = step.kept(), .isa = isa});
  Graph wide = retype(lowered, ElementType::f64);
  std::vector<Tensor> in = step_arguments(model, step, 3);
  std::vector<Tensor> in64;
  for (size_t i = 0; i < in.size(); ++i) {
    native->set_argument(i, in[i]);
    in64.push_back(in[i].element() == ElementType::f32 ? in[i].convert(ElementType::f64) : in[i]);
  }
  for (int s = 0; s < steps; ++s) {
    native->run();
    std::vector<Tensor> out = evaluate(wide, in64);
    for (size_t i = 0; i < out.size(); ++i) {
      EXPECT_LT(relative_error(native->result(i), out[i]), tolerance)
          << "step " << s << " result " << lowered.name_of(lowered.results[i]);
    }
    for (size_t i = 0; i < step.kept(); ++i) {
      in64[i] = out[i];
      EXPECT_EQ(native->argument_value(i), native->result(i));
    }
  }
}

class NativeStep : public testing::TestWithParam<kernels::Isa> {};
INSTANTIATE_TEST_SUITE_P(Isas, NativeStep, testing::ValuesIn(kernels::supported_isas()),
                         [](const auto& test) { return std::string(kernels::name(test.param)); });

// A step's f32 sums of up to some thousand terms err by about 1e-6 relative to the largest element.
TEST_P(NativeStep, agrees_with_the_interpreter) {
  for (const std::string& optimizer : optimizer_names()) {
    for (int threads : {1, 2, 3}) {
      compare_steps(GetParam(), small_cnn(), optimizer, 5, threads, 4, 2e-5);
      compare_steps(GetParam(), find_network("mnist-linear"), optimizer, 6, threads, 3, 2e-5);
    }
    compare_steps(GetParam(), find_network("mnist-mlp"), optimizer, 7, 2, 3, 2e-5);
  }
  compare_steps(GetParam(), find_network("mnist-cnn"), "sgd", 3, 2, 2, 2e-5);
}

TEST_P(NativeStep, batch_norm_agrees_with_the_interpreter) {
  for (const std::string optimizer : {"sgd", "momentum"}) {
    for (int threads : {1, 2, 3}) {
      compare_steps(GetParam(), small_resnet(), optimizer, 5, threads, 4, 1e-4);
    }
    compare_steps(GetParam(), wide_norm(), optimizer, 5, 2, 1, 1e-4);
  }
}

TEST_P(NativeStep, images_taken_together_agree_with_the_interpreter) {
  // 19 images: a thread's share is more than a group, and not a multiple of it.
  compare_steps(GetParam(), many_channels(), "sgd", 19, 1, 1, 2e-5);
  compare_steps(GetParam(), many_channels(), "sgd", 5, 2, 1, 2e-5);
}

TEST_P(NativeStep, runs_are_the_same_bit_for_bit) {
  for (const Network& network : {small_cnn(), small_resnet()}) {
    Model model = build_training(network, 8);
    TrainStep step =
        make_train_step(model.graph, model.parameters.size(), Momentum{}, model.statistics.size());
    std::string text = print_stablehlo(lower(step.graph));
    std::vector<Tensor> in = step_arguments(model, step, 4);
    std::vector<std::vector<Tensor>> outcomes;
    for (int round = 0; round < 2; ++round) {
      auto native = compile("native", text, "step.mlir",
                            {.threads = 2, .kept = step.kept(), .isa = GetParam()});
      for (size_t i = 0; i < in.size(); ++i) native->set_argument(i, in[i]);
      for (int s = 0; s < 5; ++s) native->run();
      outcomes.emplace_back();
      for (size_t i = 0; i < step.kept(); ++i) {
        outcomes.back().push_back(native->argument_value(i));
      }
    }
    EXPECT_EQ(outcomes[0], outcomes[1]);
  }
}

TEST_P(NativeStep, evaluation_agrees_with_the_interpreter) {
  for (const char* net : {"mnist-linear", "mnist-mlp"}) {
    Model model = build_evaluation(find_network(net), 4);
    Graph graph = lower(model.graph);
    auto native =
        compile("native", print_stablehlo(graph), "eval.mlir", {.threads = 2, .isa = GetParam()});
    std::vector<Tensor> in = initial_parameters(model, 1);
    Random random(5, "x");
    for (size_t i = in.size(); i < graph.arguments.size(); ++i) {
      Tensor t(graph.arguments[i].type);
      for (int64_t k = 0; k < t.count(); ++k) t.set(k, std::abs(random.normal()));
      in.push_back(t);
    }
    for (size_t i = 0; i < in.size(); ++i) native->set_argument(i, in[i]);
    native->run();
    auto out = evaluate(graph, in);
    for (size_t i = 0; i < out.size(); ++i) {
      EXPECT_LT(relative_error(native->result(i), out[i]), 1e-5) << i;
    }
  }
}

/// Programs that are no train step: views, swaps, constants and old values among the results.
TEST(Native, kept_results_that_exchange_places) {
  const char* text = R"(module @m {
  func.func public @main(%a: tensor<4xf32>, %b: tensor<4xf32>, %x: tensor<2x2xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2x2xf32>, tensor<2xf32>) {
    %y = stablehlo.reshape %x : (tensor<2x2xf32>) -> tensor<4xf32>
    %c = stablehlo.constant dense<2.0> : tensor<2xf32>
    %n = stablehlo.negate %x : tensor<2x2xf32>
    return %b, %a, %a, %n, %c : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<2x2xf32>, tensor<2xf32>
  }
})";
  auto native = compile("native", text, "m.mlir", {.threads = 2, .kept = 2});
  Tensor a(Shape{4}, std::vector<float>{1, 2, 3, 4}), b(Shape{4}, std::vector<float>{5, 6, 7, 8});
  native->set_argument(0, a);
  native->set_argument(1, b);
  native->set_argument(2, Tensor(Shape{2, 2}, std::vector<float>{1, 2, 3, 4}));
  native->run();
  EXPECT_EQ(native->result(0), b);
  EXPECT_EQ(native->result(1), a);
  EXPECT_EQ(native->result(2), a);
  EXPECT_EQ(native->result(3), Tensor(Shape{2, 2}, std::vector<float>{-1, -2, -3, -4}));
  EXPECT_EQ(native->result(4), Tensor(Shape{2}, std::vector<float>{2, 2}));
  EXPECT_EQ(native->argument_value(0), b);
  EXPECT_EQ(native->argument_value(1), a);
}

TEST(Native, an_argument_of_another_type_is_refused) {
  auto native = compile("native", R"(module @m {
  func.func public @main(%a: tensor<4xf32>) -> tensor<4xf32> {
    return %a : tensor<4xf32>
  }
})",
                        "m.mlir", {});
  try {
    native->set_argument(0, Tensor(Type{ElementType::f32, {5}}));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "argument 'a' is tensor<4xf32>, not tensor<5xf32>");
  }
  EXPECT_THROW(compile("gpu", "", "m.mlir", {}), Error);
}

}  // namespace
}  // namespace pullback
