#include "base/text.h"

#include <gtest/gtest.h>

namespace pullback {
namespace {

TEST(Text, join_puts_separators_between_items) {
  EXPECT_EQ(join(std::vector<int64_t>{}), "");
  EXPECT_EQ(join(std::vector<int64_t>{1, -2, 3}, "x"), "1x-2x3");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}), "a, b");
}

TEST(Text, nearest_finds_a_misspelt_word) {
  std::vector<std::string> nets = {"mnist-linear", "mnist-mlp", "mnist-cnn"};
  EXPECT_EQ(nearest("mnist-mpl", nets), "mnist-mlp");
  EXPECT_EQ(nearest("mnist_cnn", nets), "mnist-cnn");
}

TEST(Text, nearest_is_silent_when_nothing_is_near) {
  EXPECT_EQ(nearest("xyz", {"mnist-linear"}), "");
}

}  // namespace
}  // namespace pullback
