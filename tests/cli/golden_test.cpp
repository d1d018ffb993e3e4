#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "tests/cli/program.h"

namespace pullback::test {
namespace {

struct Golden {
  const char* file;
  const char* arguments;
};

const Golden goldens[] = {
    {"mnist-linear.sgd.mlir", "mnist-linear --batch 4"},
    {"mnist-mlp.momentum.mlir", "mnist-mlp --batch 4 --optimizer momentum"},
    {"mnist-cnn.sgd.mlir", "mnist-cnn --batch 2 --optimizer sgd"},
    {"mnist-cnn.eval.mlir", "mnist-cnn --batch 2 --eval"},
};

class GoldenFile : public testing::TestWithParam<Golden> {};

INSTANTIATE_TEST_SUITE_P(emit, GoldenFile, testing::ValuesIn(goldens), [](const auto& info) {
  std::string name = info.param.file;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

TEST_P(GoldenFile, is_what_emit_prints) {
  Execution run = pullback(std::string("emit ") + GetParam().arguments);
  ASSERT_EQ(run.status, 0) << run.err;
  std::string path = std::string(PULLBACK_ROOT "/tests/golden/") + GetParam().file;
  if (std::getenv("PULLBACK_UPDATE_GOLDEN") != nullptr) write_file(path, run.out);
  // Not EXPECT_EQ: it would print both.
  EXPECT_TRUE(run.out == read_file(path)) << path << " differs; see tests/golden/README.md";
}

}  // namespace
}  // namespace pullback::test
