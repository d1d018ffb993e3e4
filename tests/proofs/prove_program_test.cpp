#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "tests/cli/program.h"
#include "tests/proofs/mutants.h"

/// `pullback prove FILE.mlir`: programs that Pullback did not write.
namespace pullback::test {
namespace {

class ProveProgram : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v coqc >/dev/null") != 0) {
      GTEST_SKIP() << "Coq was not found; apt-get install coq libcoq-coquelicot";
    }
  }

  nlohmann::json result(const std::string& arguments, int status) {
    Execution run = pullback("prove " + arguments + " --json", folder_.path());
    EXPECT_EQ(run.status, status) << arguments << "\n" << run.out << run.err;
    return nlohmann::json::parse(run.out, nullptr, false);
  }
  std::string read(const std::string& file) { return read_file(folder_.path() + "/" + file); }
  /// A function main of these arguments and results with this body.
  std::string program(const std::string& arguments, const std::string& results,
                      const std::string& body) {
    folder_.file("f.mlir", "module {\n  func.func @main(" + arguments + ") -> (" + results +
                               ") {\n" + body + "  }\n}\n");
    return "f.mlir";
  }

  TemporaryFolder folder_;
};

/// A softmax regression as JAX prints it: a call, numbered values, max with -inf, labels.
constexpr const char* regression = R"(module @jit_loss attributes {mhlo.num_partitions = 1 : i32} {
  func.func public @main(%arg0: tensor<4x3xf32>, %arg1: tensor<3xf32>, %arg2: tensor<5x4xf32>, %arg3: tensor<5xi32>, %arg4: tensor<2xf32>) -> (tensor<f32> {jax.result_info = "loss"}, tensor<5x3xf32>) {
    %0 = stablehlo.dot_general %arg2, %arg0, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<5x4xf32>, tensor<4x3xf32>) -> tensor<5x3xf32>
    %1 = stablehlo.broadcast_in_dim %arg1, dims = [1] : (tensor<3xf32>) -> tensor<5x3xf32>
    %2 = stablehlo.add %0, %1 : tensor<5x3xf32>
    %3 = call @log_softmax(%2) : (tensor<5x3xf32>) -> tensor<5x3xf32>
    %4 = stablehlo.broadcast_in_dim %arg3, dims = [0] : (tensor<5xi32>) -> tensor<5x3xi32>
    %5 = stablehlo.iota dim = 1 : tensor<5x3xi32>
    %6 = stablehlo.compare EQ, %4, %5, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %7 = stablehlo.convert %6 : (tensor<5x3xi1>) -> tensor<5x3xf32>
    %8 = stablehlo.multiply %3, %7 : tensor<5x3xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %9 = stablehlo.reduce(%8 init: %cst) applies stablehlo.add across dimensions = [0, 1] : (tensor<5x3xf32>, tensor<f32>) -> tensor<f32>
    %10 = stablehlo.negate %9 : tensor<f32>
    return %10, %3 : tensor<f32>, tensor<5x3xf32>
  }
  func.func private @log_softmax(%arg0: tensor<5x3xf32>) -> tensor<5x3xf32> {
    %cst = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %0 = stablehlo.reduce(%arg0 init: %cst) applies stablehlo.maximum across dimensions = [1] : (tensor<5x3xf32>, tensor<f32>) -> tensor<5xf32>
    %cst_0 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %2 = stablehlo.maximum %1, %0 : tensor<5xf32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [0] : (tensor<5xf32>) -> tensor<5x3xf32>
    %4 = stablehlo.subtract %arg0, %3 : tensor<5x3xf32>
    %5 = stablehlo.exponential %4 : tensor<5x3xf32>
    %cst_1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %6 = stablehlo.reduce(%5 init: %cst_1) applies stablehlo.add across dimensions = [1] : (tensor<5x3xf32>, tensor<f32>) -> tensor<5xf32>
    %7 = stablehlo.log %6 : tensor<5xf32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [0] : (tensor<5xf32>) -> tensor<5x3xf32>
    %9 = stablehlo.subtract %4, %8 : tensor<5x3xf32>
    return %9 : tensor<5x3xf32>
  }
}
)";

TEST_F(ProveProgram, accepts_gradient_functions) {
  folder_.file("f.mlir", regression);
  for (const char* options : {"", " --wrt 1", " --wrt 0,2 --aux", " --wrt 4"}) {
    nlohmann::json proof = result(std::string("f.mlir --out proof") + options, 0);
    EXPECT_TRUE(proof.at("accepted")) << options;
    EXPECT_EQ(proof.at("theorem"), "gradient_certificate_sound");
    EXPECT_TRUE(proof.at("foreign_axioms").empty()) << options;
    EXPECT_EQ(read("proof/gradient.mlir"),
              pullback(std::string("grad f.mlir") + options, folder_.path()).out);
    EXPECT_EQ(pullback("fmt proof/function.mlir", folder_.path()).out, read("proof/function.mlir"));
  }
}

TEST_F(ProveProgram, accepts_train_steps) {
  folder_.file("f.mlir", regression);
  for (const char* options :
       {" --train sgd --wrt 0,1", " --train adamw --weight-decay 0.1 --wrt 1"}) {
    nlohmann::json proof = result(std::string("f.mlir --out proof") + options, 0);
    EXPECT_TRUE(proof.at("accepted")) << options;
    EXPECT_EQ(read("proof/step.mlir"),
              pullback(std::string("grad f.mlir") + options, folder_.path()).out);
  }
}

TEST_F(ProveProgram, says_in_words_what_is_proven) {
  folder_.file("f.mlir", regression);
  Execution run = pullback("prove f.mlir --wrt 0,1", folder_.path());
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  for (const char* part :
       {"Coq accepts the certificate of f, gradient", "gradient.mlir returns",
        "'10' as function.mlir does, and its gradient by 'arg0', 'arg1'",
        "at 3.0: the elements that tie for a maximum move alike", "certificates/f/Certificate.v"}) {
    EXPECT_NE(run.out.find(part), std::string::npos) << part << "\n" << run.out;
  }
}

TEST_F(ProveProgram, rejects_a_changed_text_and_says_where) {
  folder_.file("f.mlir", regression);
  std::string text = pullback("grad f.mlir --wrt 0,1", folder_.path()).out;
  size_t kind = 0;
  for (const Mutant& mutant : mutants_of(text, 1, 3)) {
    if (kind++ % 3 != 0) continue;  // every third kind: each takes Coq seconds
    folder_.file("g.mlir", mutant.text);
    nlohmann::json proof = result("f.mlir --wrt 0,1 --step g.mlir", 1);
    EXPECT_FALSE(proof.at("accepted")) << mutant.kind;
    EXPECT_EQ(proof.at("line"), mutant.line) << mutant.kind << "\n" << proof.at("reason");
  }
}

TEST_F(ProveProgram, rejects_the_gradient_by_other_arguments) {
  folder_.file("f.mlir", regression);
  folder_.file("g.mlir", pullback("grad f.mlir --wrt 0", folder_.path()).out);
  EXPECT_FALSE(result("f.mlir --wrt 1 --step g.mlir", 1).at("accepted"));
}

/// As JAX tests for NaN in logaddexp and softplus.
TEST_F(ProveProgram, a_value_compared_with_itself_is_no_condition) {
  program("%x: tensor<f32>", "tensor<f32>",
          "    %d = stablehlo.tanh %x : tensor<f32>\n"
          "    %n = stablehlo.compare NE, %d, %d, FLOAT : (tensor<f32>, tensor<f32>) -> "
          "tensor<i1>\n"
          "    %e = stablehlo.multiply %d, %x : tensor<f32>\n"
          "    %y = stablehlo.select %n, %d, %e : tensor<i1>, tensor<f32>\n"
          "    return %y : tensor<f32>\n");
  nlohmann::json proof = result("f.mlir", 0);
  EXPECT_TRUE(proof.at("hypotheses").empty()) << proof;
}

TEST_F(ProveProgram, names_the_op_and_the_value_that_it_refuses) {
  program("%x: tensor<2xf32>", "tensor<f32>",
          "    %c = stablehlo.constant dense<[0.0, 0xFF800000]> : tensor<2xf32>\n"
          "    %y = stablehlo.add %x, %c : tensor<2xf32>\n"
          "    %i = stablehlo.constant dense<0.0> : tensor<f32>\n"
          "    %s = stablehlo.reduce(%y init: %i) applies stablehlo.add across dimensions = [0] : "
          "(tensor<2xf32>, tensor<f32>) -> tensor<f32>\n"
          "    return %s : tensor<f32>\n");
  EXPECT_EQ(result("f.mlir", 1).at("reason"),
            "'c', a constant, is infinite or not a number: the reals have no such value\n"
            "(of a StableHLO file, --finite takes the largest finite number for an infinity, as in "
            "masks, and 0 for NaN; pullback grad --finite prints the same text)");
  EXPECT_TRUE(result("f.mlir --finite", 0).at("accepted"));
  EXPECT_NE(read("certificates/f/gradient.mlir").find("-34028234663852886.0e22"),
            std::string::npos);
  EXPECT_EQ(read("certificates/f/gradient.mlir"),
            pullback("grad f.mlir --finite", folder_.path()).out);
  program("%x: tensor<f32>, %k: tensor<i32>", "tensor<f32>",
          "    %b = stablehlo.bitcast_convert %k : (tensor<i32>) -> tensor<f32>\n"
          "    %y = stablehlo.multiply %x, %b : tensor<f32>\n"
          "    return %y : tensor<f32>\n");
  Execution refused = pullback("prove f.mlir", folder_.path());
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.err.find("'b' is a bitcast_convert, which a certificate cannot contain"),
            std::string::npos)
      << refused.err;
  program("%x: tensor<f32>, %k: tensor<i32>", "tensor<f32>",
          "    %q = stablehlo.divide %k, %k : tensor<i32>\n"
          "    %f = stablehlo.convert %q : (tensor<i32>) -> tensor<f32>\n"
          "    %y = stablehlo.multiply %x, %f : tensor<f32>\n"
          "    return %y : tensor<f32>\n");
  EXPECT_EQ(result("f.mlir", 1).at("reason"),
            "'q', a divide of 'k', 'k', is outside what is proven (its types, or an integer "
            "operation)");
}

}  // namespace
}  // namespace pullback::test
