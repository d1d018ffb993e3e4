#include "base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pullback {
namespace {

TEST(Random, has_the_same_numbers_on_every_machine) {
  // SplitMix64's mixing of key + k · golden ratio, with the key made from seed and stream.
  Random random(1, "test");
  std::vector<uint64_t> first = {random.next(), random.next()};
  Random again(1, "test");
  EXPECT_EQ(again.next(), first[0]);
  EXPECT_EQ(Random(1, "test", 1).next(), first[1]);
}

TEST(Random, seeds_and_streams_differ) {
  uint64_t base = Random(1, "a").next();
  EXPECT_NE(Random(2, "a").next(), base);
  EXPECT_NE(Random(1, "b").next(), base);
  EXPECT_NE(Random(1, "aa").next(), base);
}

TEST(Random, counter_restores_the_state) {
  Random random(7, "s");
  for (int i = 0; i < 5; ++i) random.normal();
  Random restored(7, "s", random.counter());
  EXPECT_EQ(restored.normal(), random.normal());
}

TEST(Random, uniform_and_normal_have_their_moments) {
  Random random(3);
  double sum = 0, squares = 0, normals = 0, normal_squares = 0;
  constexpr int count = 100000;
  for (int i = 0; i < count; ++i) {
    double u = random.uniform(), n = random.normal();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
    squares += u * u;
    normals += n;
    normal_squares += n * n;
  }
  // Five standard errors of each mean.
  double s = 5 / std::sqrt(count);
  EXPECT_NEAR(sum / count, 0.5, s * std::sqrt(1.0 / 12));
  EXPECT_NEAR(squares / count, 1.0 / 3, s * std::sqrt(4.0 / 45));
  EXPECT_NEAR(normals / count, 0, s);
  EXPECT_NEAR(normal_squares / count, 1, s * std::sqrt(2));
}

TEST(Random, below_is_even) {
  Random random(4);
  std::vector<int> counts(7);
  constexpr int draws = 70000;
  for (int i = 0; i < draws; ++i) ++counts.at(random.below(7));
  for (int count : counts) EXPECT_NEAR(count, draws / 7, 5 * std::sqrt(draws / 7.0));
  EXPECT_EQ(random.below(1), 0u);
}

}  // namespace
}  // namespace pullback
