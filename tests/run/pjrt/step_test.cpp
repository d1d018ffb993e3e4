#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "interp/interpreter.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "tests/run/pjrt/support.h"
#include "zoo/zoo.h"

namespace pullback::test {
namespace {

struct Compiled {
  Model model;
  TrainStep step;
  Graph graph;
  std::unique_ptr<Executable> executable;
  std::vector<Tensor> in;
};

Compiled compile_step(const std::string& net, int64_t batch, const char* optimizer = "momentum") {
  Compiled c;
  c.model = build_training(find_network(net), batch);
  c.step = make_train_step(c.model.graph, c.model.parameters.size(), optimizer_named(optimizer));
  c.graph = lower(c.step.graph);
  c.executable = compile("pjrt", print_stablehlo(c.graph), "step.mlir", {.kept = c.step.kept()});
  c.in = step_arguments(c.model, c.step, 3);
  for (size_t i = 0; i < c.in.size(); ++i) c.executable->set_argument(i, c.in[i]);
  return c;
}

/// Ten steps against the interpreter in f64.
void ten_steps(const std::string& net, int64_t batch) {
  SCOPED_TRACE(net);
  Compiled c = compile_step(net, batch);
  Graph wide = retype(c.graph, ElementType::f64);
  std::vector<Tensor> in64;
  for (const Tensor& t : c.in) {
    in64.push_back(t.element() == ElementType::f32 ? t.convert(ElementType::f64) : t);
  }
  for (int s = 0; s < 10; ++s) {
    c.executable->run();
    std::vector<Tensor> out = evaluate(wide, in64);
    for (size_t i = 0; i < out.size(); ++i) {
      // A loss that vanishes is still compared with what it was at first, about 1.
      double scale = i == c.step.kept() ? 1 : 1e-30;
      EXPECT_LT(relative_error(c.executable->result(i), out[i], scale), 1e-4)
          << "step " << s << " result " << c.graph.name_of(c.graph.results[i]);
    }
    for (size_t i = 0; i < c.step.kept(); ++i) in64[i] = out[i];
  }
  EXPECT_GT(c.executable->device_memory(), 0);
}

TEST(PjrtStep, agrees_with_the_interpreter_for_ten_steps) {
  SKIP_WITHOUT_PLUGIN();
  ten_steps("mnist-linear", 8);
  ten_steps("mnist-mlp", 4);
  ten_steps("mnist-cnn", 1);
}

TEST(PjrtStep, kept_arguments_can_be_read_and_set_between_steps) {
  SKIP_WITHOUT_PLUGIN();
  Compiled c = compile_step("mnist-linear", 4), other = compile_step("mnist-linear", 4);
  EXPECT_EQ(c.executable->argument_value(0), c.in[0]);
  c.executable->run();
  Tensor first = c.executable->argument_value(0);
  EXPECT_EQ(first, c.executable->result(0));
  EXPECT_NE(first, c.in[0]);
  c.executable->run();
  Tensor second = c.executable->argument_value(0);
  // Back to the state after the first step, by the same interface.
  other.executable->run();
  for (size_t i = 0; i < c.step.kept(); ++i) {
    c.executable->set_argument(i, other.executable->argument_value(i));
  }
  EXPECT_EQ(c.executable->argument_value(0), first);
  c.executable->run();
  EXPECT_EQ(c.executable->argument_value(0), second);
}

TEST(PjrtStep, a_new_batch_is_seen) {
  SKIP_WITHOUT_PLUGIN();
  Compiled c = compile_step("mnist-linear", 4);
  c.executable->run();
  Tensor loss = c.executable->result(c.step.kept());
  for (size_t i = 0; i < c.step.kept(); ++i) c.executable->set_argument(i, c.in[i]);
  c.executable->run();
  EXPECT_EQ(c.executable->result(c.step.kept()), loss);
  std::span<std::byte> x = c.executable->argument(c.step.batch_begin());
  std::fill(x.begin(), x.end(), std::byte{0});
  c.executable->run();
  EXPECT_NE(c.executable->result(c.step.kept()), loss);
}

TEST(PjrtStep, two_threads_train_at_once) {
  SKIP_WITHOUT_PLUGIN();
  std::vector<Tensor> after[2];
  auto train = [&](size_t which) {
    Compiled c = compile_step("mnist-mlp", 16);
    for (int s = 0; s < 20; ++s) c.executable->run();
    for (size_t i = 0; i < c.step.kept(); ++i) {
      after[which].push_back(c.executable->argument_value(i));
    }
  };
  std::thread first(train, 0), second(train, 1);
  first.join();
  second.join();
  ASSERT_FALSE(after[0].empty());
  for (size_t i = 0; i < after[0].size(); ++i) {
    EXPECT_LT(relative_error(after[0][i], after[1][i]), 1e-5) << i;
  }
}

TEST(PjrtStep, kept_results_must_have_their_arguments_type) {
  SKIP_WITHOUT_PLUGIN();
  try {
    compile("pjrt",
            "module @f {\n"
            "  func.func public @main(%a: tensor<2xf32>) -> tensor<2x1xf32> {\n"
            "    %b = stablehlo.reshape %a : (tensor<2xf32>) -> tensor<2x1xf32>\n"
            "    return %b : tensor<2x1xf32>\n  }\n}\n",
            "f.mlir", {.kept = 1});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "f.mlir: result 0 is tensor<2x1xf32>, but the argument 'a' that it should replace "
                 "is tensor<2xf32>");
  }
}

}  // namespace
}  // namespace pullback::test
