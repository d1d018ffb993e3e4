#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "interp/interpreter.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "run/iree/compiler.h"
#include "run/iree/runtime.h"
#include "tests/run/step_support.h"
#include "zoo/zoo.h"

namespace pullback::test {
namespace {

/// Skips the test, visibly, where IREE is not installed.
#define SKIP_WITHOUT_IREE()                               \
  try {                                                   \
    iree::find_compiler();                                \
    iree::runtime();                                      \
  } catch (const Error& error) {                          \
    GTEST_SKIP() << "IREE is not here: " << error.what(); \
  }

struct Compiled {
  Model model;
  TrainStep step;
  Graph graph;
  std::unique_ptr<Executable> executable;
  std::vector<Tensor> in;
};

Compiled compile_step(const std::string& net, int64_t batch) {
  Compiled c;
  c.model = build_training(find_network(net), batch);
  c.step = make_train_step(c.model.graph, c.model.parameters.size(), optimizer_named("momentum"));
  c.graph = lower(c.step.graph);
  c.executable = compile("iree", print_stablehlo(c.graph), "step.mlir", {.kept = c.step.kept()});
  c.in = step_arguments(c.model, c.step, 3);
  for (size_t i = 0; i < c.in.size(); ++i) c.executable->set_argument(i, c.in[i]);
  return c;
}

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
}

TEST(IreeStep, agrees_with_the_interpreter_for_ten_steps) {
  SKIP_WITHOUT_IREE();
  ten_steps("mnist-linear", 8);
  ten_steps("mnist-mlp", 4);
  ten_steps("mnist-cnn", 1);
}

TEST(IreeStep, kept_arguments_can_be_read_and_set_between_steps) {
  SKIP_WITHOUT_IREE();
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
  EXPECT_EQ(c.executable->result(0), second);
  c.executable->run();
  EXPECT_EQ(c.executable->argument_value(0), second);
}

TEST(IreeStep, a_new_batch_is_seen) {
  SKIP_WITHOUT_IREE();
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

TEST(IreeStep, f64_and_booleans_keep_their_types) {
  SKIP_WITHOUT_IREE();
  auto f =
      compile("iree",
              "module @f {\n"
              "  func.func public @main(%a: tensor<2xf64>, %b: tensor<2xi1>) -> (tensor<2xf64>, "
              "tensor<2xi1>) {\n"
              "    %c = stablehlo.add %a, %a : tensor<2xf64>\n"
              "    %d = stablehlo.not %b : tensor<2xi1>\n"
              "    return %c, %d : tensor<2xf64>, tensor<2xi1>\n  }\n}\n",
              "f.mlir", {});
  Tensor a(f->arguments()[0].type), b(f->arguments()[1].type);
  a.set(0, 1 + 1e-12);
  b.set(1, 1);
  f->set_argument(0, a);
  f->set_argument(1, b);
  f->run();
  EXPECT_EQ(f->result(0).at(0), 2 * (1 + 1e-12));
  EXPECT_EQ(f->result(1).at(0), 1);
  EXPECT_EQ(f->result(1).at(1), 0);
}

TEST(IreeStep, two_threads_train_at_once) {
  SKIP_WITHOUT_IREE();
  std::vector<Tensor> after[2];
  auto train = [&](size_t which) {
    Compiled c = compile_step("mnist-linear", 16);
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

}  // namespace
}  // namespace pullback::test
