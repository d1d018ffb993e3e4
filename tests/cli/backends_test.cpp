#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace pullback::test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Backends, as_json_say_what_is_ready) {
  Execution run = pullback("backends --json");
  ASSERT_EQ(run.status, 0) << run.err;
  auto list = nlohmann::json::parse(run.out);
  ASSERT_GE(list.size(), 3U);
  EXPECT_EQ(list[0].at("backend"), "native");
  EXPECT_EQ(list[0].at("ready"), true);
  for (const auto& one : list) {
    EXPECT_EQ(one.at("ready"), one.at("problem") == "") << one;
    bool plugin = one.at("ready") && one.at("backend") == "pjrt";
    EXPECT_TRUE(!plugin || !one.at("devices").empty()) << one;
  }
}

TEST(Backends, that_are_missing_have_the_command_that_installs_them) {
  TemporaryFolder folder;
  setenv("XDG_CACHE_HOME", folder.path().c_str(), 1);
  Execution list = pullback("backends");
  EXPECT_TRUE(contains(list.out, "  pullback backends install xla-cpu  ")) << list.out;
  Execution train = pullback("train mnist-linear --backend pjrt --epochs 1", folder.path());
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(train.status, 1);
  EXPECT_TRUE(contains(train.err, "no PJRT plugin for the device cpu")) << train.err;
  EXPECT_TRUE(contains(train.err, "\n  pullback backends install xla-cpu\n")) << train.err;
}

TEST(Backends, mistakes_are_named) {
  EXPECT_EQ(pullback("bench mnist-linear --device cuda").err,
            "pullback: --device is 'cuda'; --backend native has cpu\n");
  EXPECT_EQ(pullback("bench mnist-linear --backend xla").err,
            "pullback: --backend is 'xla'; choose one of native, interp, pjrt, iree\n");
  Execution install = pullback("backends install xla");
  EXPECT_EQ(install.status, 1);
  EXPECT_TRUE(contains(install.err, "there is no package 'xla'; choose one of xla-cpu, "));
  Execution from = pullback("backends install xla-rocm --from /nowhere");
  EXPECT_TRUE(contains(from.err, "'/nowhere' has no file jax_rocm7_pjrt-")) << from.err;
}

TEST(Backends, are_compared) {
  Execution run = pullback("check mnist-linear --backends --steps 2 --json");
  ASSERT_EQ(run.status, 0) << run.err << run.out;
  auto result = nlohmann::json::parse(run.out);
  EXPECT_EQ(result.at("passed"), true);
  EXPECT_LT(result.at("tensors")[0].at("native").at("relative"), 1e-5);
  EXPECT_LT(result.at("tensors")[0].at("interp f32").at("ulps"), 100);
  EXPECT_EQ(pullback("check mnist-linear --steps 2").err, "pullback: --steps is for --backends\n");
}

TEST(Backends, are_timed_side_by_side) {
  Execution run = pullback("bench mnist-linear --backends all --steps 2 --rounds 2 --json");
  ASSERT_EQ(run.status, 0) << run.err << run.out;
  auto result = nlohmann::json::parse(run.out);
  EXPECT_EQ(result[0].at("backend"), "native");
  EXPECT_GT(result[0].at("ms_per_step").at("min"), 0);
  Execution one = pullback("bench mnist-linear --backends native,pjrt:npu");
  EXPECT_EQ(one.err,
            "pullback: --device is 'npu'; --backend pjrt has one of cpu, cuda, rocm, tpu\n");
}

TEST(Backends, train_and_predict_by_xla) {
  if (!contains(pullback("backends").out, "✓  pjrt     cpu")) {
    GTEST_SKIP() << "there is no PJRT plugin here; pullback backends install xla-cpu";
  }
  TemporaryFolder folder;
  Execution train =
      pullback("train mnist-linear --backend pjrt --epochs 1 --out run --json", folder.path());
  ASSERT_EQ(train.status, 0) << train.err;
  EXPECT_GT(nlohmann::json::parse(train.out).at("test_accuracy"), 0.85);
  Execution by_xla = pullback("eval --run run --backend pjrt --json", folder.path());
  Execution native = pullback("eval --run run --json", folder.path());
  ASSERT_EQ(by_xla.status, 0) << by_xla.err;
  EXPECT_NEAR(nlohmann::json::parse(by_xla.out).at("test_loss").get<double>(),
              nlohmann::json::parse(native.out).at("test_loss").get<double>(), 1e-5);
  EXPECT_EQ(pullback("predict test:7 --run run --backend pjrt", folder.path()).status, 0);
}

}  // namespace
}  // namespace pullback::test
