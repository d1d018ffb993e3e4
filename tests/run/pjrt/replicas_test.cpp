#include <gtest/gtest.h>

#include "base/error.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "tests/run/pjrt/support.h"
#include "zoo/zoo.h"

namespace pullback::test {
namespace {

/// Kept values, loss and number of correct answers after some steps of batch 12, which the replicas
/// share.
std::vector<Tensor> train(const std::string& backend, const std::string& net, int replicas,
                          const std::string& optimizer, int steps) {
  constexpr int64_t batch = 12;
  Model model = build_training(find_network(net), batch / replicas);
  Optimizer rule = optimizer_named(optimizer);
  rule.clip_norm = Decimal::of(1);  // of the whole batch's gradient
  TrainStep step = make_train_step(model.graph, model.parameters.size(), rule, 0, replicas);
  Model whole_model = build_training(find_network(net), batch);
  TrainStep whole = make_train_step(whole_model.graph, whole_model.parameters.size(), rule);
  auto executable =
      compile(backend, print_stablehlo(lower(step.graph)), "step.mlir",
              {.kept = step.kept(), .replicas = replicas, .split = step.batch_begin()});
  std::vector<Tensor> in = step_arguments(whole_model, whole, 5);
  for (size_t i = 0; i < in.size(); ++i) executable->set_argument(i, in[i]);
  for (int s = 0; s < steps; ++s) executable->run();
  std::vector<Tensor> out;
  for (size_t i = 0; i < executable->results().size(); ++i) out.push_back(executable->result(i));
  return out;
}

void expect_near(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_LT(relative_error(a[i], b[i]), 2e-5) << i;
}

TEST(Replicas, of_the_interpreter_match_one_device) {
  for (const char* optimizer : {"sgd", "adam"}) {
    auto one = train("interp", "mnist-linear", 1, optimizer, 5);
    expect_near(train("interp", "mnist-linear", 2, optimizer, 5), one);
    expect_near(train("interp", "mnist-linear", 3, optimizer, 5), one);
  }
}

TEST(Replicas, of_xla_match_one_device) {
  SKIP_WITHOUT_PLUGIN();
  for (const char* net : {"mnist-mlp", "mnist-cnn"}) {
    auto one = train("pjrt", net, 1, "momentum", 10);
    expect_near(train("pjrt", net, 2, "momentum", 10), one);
    expect_near(train("pjrt", net, 3, "momentum", 10), one);
  }
  expect_near(train("pjrt", "mnist-linear", 4, "adam", 10),
              train("pjrt", "mnist-linear", 1, "adam", 10));
}

TEST(Replicas, that_cannot_be_are_refused) {
  EXPECT_THROW(train("native", "mnist-linear", 2, "sgd", 1), Error);
  EXPECT_THROW(check_replicas("pjrt", 0), Error);
}

}  // namespace
}  // namespace pullback::test
