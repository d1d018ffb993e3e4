#include <gtest/gtest.h>

#include <thread>

#include "api/pullback.h"

namespace pullback {
namespace {

const char* const text = R"(
func.func @main(%x: tensor<64x64xf32>, %w: tensor<64x64xf32>) -> tensor<f32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %y = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %t = stablehlo.tanh %y : tensor<64x64xf32>
  %s = stablehlo.reduce(%t init: %zero) applies stablehlo.add across dimensions = [0, 1] : (tensor<64x64xf32>, tensor<f32>) -> tensor<f32>
  return %s : tensor<f32>
}
)";

Tensor ramp(float scale) {
  std::vector<float> values(64 * 64);
  for (size_t i = 0; i < values.size(); ++i) values[i] = scale * static_cast<float>(i % 17) - 0.1f;
  return Tensor({64, 64}, values);
}

// Reads, compiles and runs; the value and gradients of the last run.
std::vector<Tensor> differentiate(int runs) {
  Graph both = gradient(parse_stablehlo(text, "text"));
  auto program = compile("native", print_stablehlo(lower(both)), "gradient", {.threads = 2});
  program->set_argument(0, ramp(0.01f));
  program->set_argument(1, ramp(0.02f));
  for (int i = 0; i < runs; ++i) program->run();
  return {program->result(0), program->result(1), program->result(2)};
}

TEST(Library, ThreadsDoNotDisturbOneAnother) {
  std::vector<Tensor> expected = differentiate(1);
  std::vector<std::vector<Tensor>> found(4);
  std::vector<std::thread> threads;
  for (auto& results : found) threads.emplace_back([&] { results = differentiate(20); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& results : found) EXPECT_EQ(results, expected);
}

TEST(Library, MistakesAreExceptionsWithThePlace) {
  try {
    parse_stablehlo(
        "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {\n  return %y : tensor<2xf32>\n}",
        "bad");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("bad:2:"), std::string::npos) << error.what();
  }
}

TEST(Library, HasAVersion) { EXPECT_FALSE(version().empty()); }

}  // namespace
}  // namespace pullback
