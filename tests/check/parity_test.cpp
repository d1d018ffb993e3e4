#include "check/parity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "zoo/zoo.h"

namespace pullback {
namespace {

TEST(Distance, is_relative_to_the_scale) {
  Tensor a({3}, std::vector<float>{1, 2, 4}), b({3}, std::vector<double>{1, 2, 4});
  EXPECT_EQ(distance(a, b, 4).relative, 0);
  b.set(1, 2.5);
  EXPECT_DOUBLE_EQ(distance(a, b, 4).relative, 0.125);
  EXPECT_EQ(distance(a, b, 4).ulps, 0);
  for (int i = 0; i < 3; ++i) b.set(i, a.at(i) + 0x1p-21);
  EXPECT_DOUBLE_EQ(distance(a, b, 4).ulps, 1);
  a.set(0, NAN);
  EXPECT_EQ(distance(a, b, 4).relative, INFINITY);
}

TEST(Parity, native_and_interpreter_agree_on_ten_steps) {
  Parity parity = compare_backends(find_network("mnist-linear"), optimizer_named("adam"),
                                   {{"native", "cpu"}, {"interp", "cpu"}}, {});
  EXPECT_TRUE(parity.passed());
  ASSERT_EQ(parity.results.size(), 8U);  // two parameters, their m and v, loss, correct
  EXPECT_EQ(parity.results[0].name, "dense1.weight");
  EXPECT_EQ(parity.results[7].name, "correct");
  for (const Contender& contender : parity.contenders) {
    EXPECT_EQ(contender.problem, "");
    EXPECT_EQ(contender.distances.size(), 8U);
  }
}

/// Of the parameters, the statistics and the loss. What is as small as a gradient, velocities and
/// offsets, which start at 0, shows when a rectifier switches over by rounding.
TEST(Parity, native_agrees_on_ten_steps_of_a_network_with_batch_norm) {
  Optimizer nesterov = Nesterov{};
  nesterov.weight_decay = Decimal(5, -4);
  Parity parity = compare_backends(resized(find_network("cifar-cnn-bn"), 16, 10), nesterov,
                                   {{"native", "cpu"}}, {.batch = 4, .steps = 10, .rate = 1e-4});
  EXPECT_EQ(parity.contenders[0].problem, "");
  ASSERT_EQ(parity.contenders[0].distances.size(), parity.results.size());
  for (size_t i = 0; i < parity.results.size(); ++i) {
    const std::string& name = parity.results[i].name;
    if (name.find('$') != std::string::npos || name.ends_with(".offset")) continue;
    EXPECT_LE(parity.contenders[0].distances[i].relative, 1e-4) << name;
  }
}

TEST(Parity, reports_what_does_not_run) {
  Parity parity = compare_backends(find_network("mnist-linear"), optimizer_named("sgd"),
                                   {{"native", "cuda"}, {"pjrt", "tpu", "not installed"}},
                                   {.batch = 1, .steps = 1});
  EXPECT_EQ(parity.contenders[0].problem, "--device is 'cuda'; --backend native has cpu");
  EXPECT_EQ(parity.contenders[1].problem, "not installed");
}

}  // namespace
}  // namespace pullback
