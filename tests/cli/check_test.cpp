#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace pullback::test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A padded 1 × 1 convolution is its bias, 0 at first, around the image: on the ReLU's kink.
constexpr const char* tied =
    "[network]\ninput = [28, 28, 1]\nclasses = 10\n"
    "[[layer]]\nkind = 'conv'\nout = 2\nkernel = 1\npadding = 1\n[[layer]]\nkind = 'relu'\n"
    "[[layer]]\nkind = 'global_avg_pool'\n[[layer]]\nkind = 'dense'\nout = 10\n";

TEST(Check, passes_on_a_right_network) {
  Execution run = pullback("check " PULLBACK_ROOT "/examples/mnist-small.toml");
  EXPECT_EQ(run.status, 0) << run.out;
  EXPECT_TRUE(contains(run.out, "conv1.weight   tensor<5x5x1x8xf32>")) << run.out;
  EXPECT_TRUE(contains(run.out, "✓ all derivatives agree")) << run.out;
  EXPECT_FALSE(contains(run.out, "✗"));
}

TEST(CheckKinks, holds_where_ties_move_alike) {
  Execution run =
      pullback("check " PULLBACK_ROOT "/examples/mnist-small.toml --kinks --batches 2 --batch 4");
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_TRUE(contains(run.out, "max_pool1  reduce_window")) << run.out;
  EXPECT_TRUE(run.out.ends_with("✓ all side conditions hold at these 2 batches\n")) << run.out;
}

TEST(CheckKinks, fails_on_a_kink_and_says_where) {
  TemporaryFolder folder;
  folder.file("tied.toml", tied);
  std::string command = "check tied.toml --kinks --batches 1 --batch 2";
  Execution run = pullback(command, folder.path());
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_TRUE(contains(run.out, "relu1: %relu1: maximum of 0 and 0 at [0, 0, 0, 0]")) << run.out;
  EXPECT_TRUE(
      run.out.ends_with("✗ side conditions fail at this batch: relu1 (464 of 3,600 maximum)\n"))
      << run.out;
  Execution json = pullback(command + " --json", folder.path());
  EXPECT_EQ(json.status, 1);
  auto result = nlohmann::json::parse(json.out);
  EXPECT_EQ(result.at("hold"), false);
  EXPECT_EQ(result.at("side_conditions")[0].at("ties_that_matter"), 464);
}

TEST(CheckKinks, takes_the_parameters_of_a_run) {
  TemporaryFolder folder;
  folder.file("tied.toml", tied);
  Execution training = pullback("train tied.toml --epochs 1 --batch 6000 --out run", folder.path());
  EXPECT_EQ(training.status, 0) << training.err;
  Execution run =
      pullback("check tied.toml --kinks --run run --batches 1 --batch 2", folder.path());
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_TRUE(contains(run.out, "parameters of run")) << run.out;
  Execution none = pullback("check tied.toml --kinks --run other", folder.path());
  EXPECT_EQ(none.status, 1);
  EXPECT_TRUE(contains(none.err, "'other'")) << none.err;
}

TEST(CheckKinks, refuses_options_of_the_other_check) {
  Execution run = pullback("check mnist-mlp --batches 3");
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "pullback: --batches is for --kinks\n");
}

}  // namespace
}  // namespace pullback::test
