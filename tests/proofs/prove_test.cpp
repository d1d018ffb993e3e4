#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/random.h"
#include "tests/cli/program.h"
#include "tests/proofs/mutants.h"

namespace pullback::test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Prove : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v coqc >/dev/null") != 0) {
      GTEST_SKIP() << "Coq was not found; apt-get install coq libcoq-coquelicot";
    }
  }

  /// The result of `pullback prove … --json` in the test's folder.
  nlohmann::json result(const std::string& arguments, int status) {
    Execution run = pullback("prove " + arguments + " --json", folder_.path());
    EXPECT_EQ(run.status, status) << arguments << "\n" << run.out << run.err;
    return nlohmann::json::parse(run.out, nullptr, false);
  }

  TemporaryFolder folder_;
};

TEST_F(Prove, accepts_the_mnist_networks) {
  for (const char* net :
       {"mnist-linear --batch 1", "mnist-mlp --optimizer momentum", "mnist-cnn"}) {
    nlohmann::json proof = result(std::string(net) + " --out proof", 0);
    EXPECT_TRUE(proof.at("accepted")) << net;
    EXPECT_TRUE(proof.at("foreign_axioms").empty()) << net;
    std::string step = read_file(folder_.path() + "/proof/step.mlir");
    EXPECT_EQ(proof.at("bytes"), step.size());
    EXPECT_TRUE(step == pullback(std::string("emit ") + net).out) << net;
  }
}

TEST_F(Prove, accepts_every_network_of_the_zoo) {
  nlohmann::json nets = nlohmann::json::parse(pullback("nets --json").out);
  EXPECT_GE(nets.size(), 3u);
  for (const nlohmann::json& net : nets) {
    std::string name = net.at("name").get<std::string>();
    EXPECT_TRUE(result(name + " --batch 2", 0).at("accepted")) << name;
  }
}

/// A network of random layers with random settings, always with a dense layer at the end.
std::string random_network(Random& random) {
  std::string text = "[network]\nname = \"random\"\nsource = \"a test\"\nclasses = 10\ninput = [" +
                     std::to_string(9 + random.below(4)) + ", " +
                     std::to_string(9 + random.below(4)) + ", " +
                     std::to_string(1 + random.below(3)) + "]\n";
  auto layer = [&](const std::string& kind, const std::string& fields = "") {
    text += "\n[[layer]]\nkind = \"" + kind + "\"\n" + fields;
  };
  auto number = [&](const std::string& name, uint64_t least, uint64_t choices) {
    return name + " = " + std::to_string(least + random.below(choices)) + "\n";
  };
  auto padding = [&] {
    return std::string("padding = ") + (random.below(2) == 0 ? "\"same\"\n" : "1\n");
  };
  for (int i = 0; i < 4; ++i) {
    layer("conv", number("out", 1, 6) + number("kernel", 1, 3) + number("stride", 1, 2) +
                      padding() + (random.below(2) == 0 ? "bias = false\n" : ""));
    if (random.below(3) == 0) layer("depthwise_conv", number("kernel", 1, 3) + padding());
    if (random.below(3) == 0) layer("squeeze_excite", number("squeeze", 1, 3));
    static const char* activations[] = {"relu",       "tanh",         "sigmoid", "relu6",
                                        "hard_swish", "hard_sigmoid", "swish",   "gelu"};
    layer(activations[random.below(8)]);
    if (i == 1) layer(random.below(2) == 0 ? "max_pool" : "avg_pool", "window = 2\nstride = 1\n");
  }
  layer(random.below(2) == 0 ? "global_avg_pool" : "flatten");
  layer("dense", number("out", 3, 9));
  layer("relu");
  layer("dense", "out = 10\n");
  return text;
}

TEST_F(Prove, accepts_random_networks) {
  Random random(7, "networks");
  for (int i = 0; i < 6; ++i) {
    std::string text = random_network(random);
    write_file(folder_.path() + "/random.toml", text);
    nlohmann::json proof = result("random.toml --batch 2 --optimizer momentum", 0);
    EXPECT_TRUE(proof.is_object() && proof.at("accepted")) << text;
  }
}

TEST_F(Prove, smooth_activations_leave_no_hypotheses) {
  std::string text = "[network]\ninput = [6, 6, 2]\nclasses = 10\n";
  for (const char* layer : {"\"depthwise_conv\"\nkernel = 3", "\"gelu\"",
                            "\"mbconv\"\nout = 4\nexpand = 2", "\"gelu\"\napproximate = true",
                            "\"swish\"", "\"global_avg_pool\"", "\"dense\"\nout = 10"}) {
    text += std::string("[[layer]]\nkind = ") + layer + "\n";
  }
  write_file(folder_.path() + "/smooth.toml", text);
  Execution run = pullback("prove smooth.toml --batch 2 --optimizer adamw", folder_.path());
  EXPECT_EQ(run.status, 0) << run.out << run.err;
  EXPECT_TRUE(contains(run.out, "none: g is the gradient at every point")) << run.out;
}

TEST_F(Prove, accepts_every_optimizer) {
  for (const char* optimizer :
       {"sgd --weight-decay 0.1 --decay-vectors", "momentum --clip-norm 2.5", "nesterov",
        "rmsprop --weight-decay 0.1 --clip-norm 1", "adam --weight-decay 0.1",
        "adamw --weight-decay 0.01 --clip-norm 1", "momentum --ema 0.999", "sgd --accumulate 2",
        "lamb --weight-decay 0.01 --clip-norm 1", "lamb --decay-vectors --smoothing 0.1",
        "adamw --ema 0.99 --accumulate 2 --clip-norm 1 --soft-labels --smoothing 0.1"}) {
    std::string net = std::string("mnist-mlp --batch 2 --optimizer ") + optimizer;
    nlohmann::json proof = result(net + " --out proof", 0);
    EXPECT_TRUE(proof.at("accepted")) << optimizer;
    EXPECT_TRUE(proof.at("foreign_axioms").empty()) << optimizer;
    EXPECT_TRUE(read_file(folder_.path() + "/proof/step.mlir") == pullback("emit " + net).out)
        << optimizer;
  }
}

TEST_F(Prove, says_in_words_what_is_proven) {
  Execution run = pullback("prove mnist-mlp", folder_.path());
  ASSERT_EQ(run.status, 0) << run.out << run.err;
  for (const char* part :
       {"accepts", "θ' = θ - η g", "at relu1, relu2: operands that tie move alike",
        "functional_extensionality", "instructions", "certificates/mnist-mlp/Certificate.v"}) {
    EXPECT_TRUE(contains(run.out, part)) << part << "\n" << run.out;
  }
  EXPECT_FALSE(contains(run.out, "\033"));
}

TEST_F(Prove, accepts_a_text_made_elsewhere) {
  std::string text = pullback("emit mnist-linear --batch 2").out;
  folder_.file("step.mlir", text);
  EXPECT_TRUE(result("mnist-linear --batch 2 --step step.mlir", 0).at("accepted"));
}

TEST_F(Prove, rejects_a_changed_text_and_says_where) {
  std::string text = pullback("emit mnist-linear --batch 2").out;
  size_t kind = 0;
  for (const Mutant& mutant : mutants_of(text, 1, 7)) {
    if (kind++ % 2 == 1) continue;  // every other kind: each takes Coq seconds
    folder_.file("step.mlir", mutant.text);
    nlohmann::json proof = result("mnist-linear --batch 2 --step step.mlir", 1);
    EXPECT_FALSE(proof.at("accepted")) << mutant.kind;
    EXPECT_EQ(proof.at("line"), mutant.line) << mutant.kind << "\n" << proof.at("reason");
  }
}

TEST_F(Prove, rejects_the_step_of_another_batch) {
  folder_.file("step.mlir", pullback("emit mnist-linear --batch 3").out);
  EXPECT_EQ(result("mnist-linear --batch 2 --step step.mlir", 1).at("line"), 2);
  folder_.file("step.mlir", "");
  EXPECT_EQ(result("mnist-linear --batch 2 --step step.mlir", 1).at("line"), 1);
}

TEST_F(Prove, needs_a_text_without_zero_bytes) {
  folder_.file("step.mlir", std::string("module\0", 7));
  Execution run = pullback("prove mnist-linear --step step.mlir", folder_.path());
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "pullback: the text holds a zero byte\n");
}

TEST(ProveWithoutCoq, says_how_to_install_it) {
  TemporaryFolder folder;
  std::string path = std::getenv("PATH");
  setenv("PATH", folder.path().c_str(), 1);
  Execution run = pullback("prove mnist-linear", folder.path());
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(contains(run.err, "apt-get install coq libcoq-coquelicot")) << run.err;
}

}  // namespace
}  // namespace pullback::test
