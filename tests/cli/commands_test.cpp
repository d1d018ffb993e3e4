#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "base/file.h"
#include "tests/cli/program.h"

namespace pullback::test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Help, lists_the_commands) {
  Execution run = pullback("--help");
  EXPECT_EQ(run.status, 0);
  for (const char* command : {"nets", "show", "explain", "emit", "check", "prove", "train", "eval",
                              "run", "grad", "fmt"}) {
    EXPECT_TRUE(contains(run.out, std::string("\n  ") + command + " ")) << command;
  }
  EXPECT_EQ(pullback("").out, run.out);
}

TEST(Nets, as_json_have_the_documented_fields) {
  Execution run = pullback("nets --json");
  ASSERT_EQ(run.status, 0) << run.err;
  auto nets = nlohmann::json::parse(run.out);
  ASSERT_TRUE(nets.is_array());
  std::map<std::string, int64_t> counts;
  for (const auto& net : nets) counts[net.at("name")] = net.at("parameters");
  EXPECT_EQ(counts.at("mnist-linear"), 7850);
  EXPECT_EQ(counts.at("mnist-mlp"), 669706);
  EXPECT_EQ(counts.at("mnist-cnn"), 3489130);
  EXPECT_EQ(nets[0].at("input"), (std::vector<int>{28, 28, 1}));
  EXPECT_EQ(nets[0].at("classes"), 10);
}

TEST(Nets, as_a_table_have_no_escape_codes_in_a_file) {
  Execution run = pullback("nets");
  EXPECT_TRUE(contains(run.out, "  669,706  28×28×1         10  LeCun")) << run.out;
  EXPECT_FALSE(contains(run.out, "\033"));
}

TEST(Show, has_a_row_per_layer_and_totals) {
  Execution run = pullback("show mnist-cnn --optimizer momentum");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_TRUE(contains(run.out, "conv2      3×3, stride 1, 32 filters   128×28×28×32       9,248"))
      << run.out;
  EXPECT_TRUE(contains(run.out, "total                                                 3,489,130"))
      << run.out;
  EXPECT_TRUE(contains(run.out, "state of momentum    13.3 MiB")) << run.out;
}

TEST(Show, takes_a_file_and_names_its_mistakes) {
  TemporaryFolder folder;
  folder.file("good.toml",
              "[network]\ninput = [4, 4, 1]\nclasses = 2\n[[layer]]\nkind = 'flatten'\n"
              "[[layer]]\nkind = 'dense'\nout = 2\n");
  Execution good = pullback("show good.toml", folder.path());
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_TRUE(good.out.starts_with("good  good.toml\n")) << good.out;
  folder.file("bad.toml", "[network]\ninput = [4, 4, 1]\nclasses = 2\n[[layer]]\nkind = 'dense'\n");
  Execution bad = pullback("show bad.toml", folder.path());
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(bad.err, "pullback: bad.toml:4: dense1 lacks out\n");
}

TEST(Emit, writes_the_same_to_a_file) {
  TemporaryFolder folder;
  std::string path = folder.path() + "/step.mlir";
  Execution run = pullback("emit mnist-linear -o " + path);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_TRUE(read_file(path) == pullback("emit mnist-linear").out);
  EXPECT_THROW(read_file(path + ".partial"), std::exception);
}

TEST(Emit, in_f64_has_no_f32) {
  Execution run = pullback("emit mnist-mlp --batch 2 --f64");
  EXPECT_TRUE(contains(run.out, "tensor<2x512xf64>"));
  EXPECT_FALSE(contains(run.out, "f32>"));
}

TEST(Emit, survives_a_reader_that_leaves) {
  Execution run = pullback("emit mnist-cnn | head -1");
  EXPECT_EQ(run.status, 0);
}

TEST(Explain, shows_rules_and_tricks_of_each_layer) {
  Execution run = pullback("explain mnist-cnn");
  ASSERT_EQ(run.status, 0) << run.err;
  for (const char* part :
       {"conv1  3×3, stride 1, 32 filters", "%conv2.product$1 = reverse %conv2.weight",
        "%d.conv1 = select", "sparse Toeplitz", "binary selection", "outer product",
        "rank-1 correction", "multiplicative fan-in: each factor gets d.y times the other factor",
        "dense1.bias ← dense1.bias - learning_rate · d.dense1.bias"}) {
    EXPECT_TRUE(contains(run.out, part)) << part;
  }
}

TEST(Explain, of_one_layer_is_a_part_of_the_whole) {
  std::string one = pullback("explain mnist-mlp --layer dense2").out;
  EXPECT_TRUE(one.starts_with("dense2  512 features\n")) << one;
  EXPECT_TRUE(contains(pullback("explain mnist-mlp").out, one));
}

TEST(Explain, derives_an_op_and_shows_its_lemmas) {
  Execution run = pullback("explain transpose");
  EXPECT_TRUE(contains(run.out, "    x̄[j] = ȳ[i],   j[a] = i[q[a]]:")) << run.out;
  EXPECT_TRUE(contains(run.out, "bijection_adjoint, proofs/Ops/Gather.v:")) << run.out;
  EXPECT_TRUE(contains(run.out, "(* transpose_c2 *)")) << run.out;
  EXPECT_TRUE(contains(run.out, "      Lemma transpose_vjp_correct p : vjp_spec (Transpose p) "))
      << run.out;
  EXPECT_TRUE(contains(run.out, "%d.x = stablehlo.transpose %d.y, dims = [1, 0]")) << run.out;
}

TEST(Explain, names_the_lemma_behind_every_backward_instruction) {
  std::istringstream lines(pullback("explain mnist-cnn").out);
  std::string line, last;
  int rules = 0;
  while (std::getline(lines, line)) {
    if (last.find("      chain rule, ") == 0) {
      EXPECT_TRUE(contains(line, "_vjp_correct, proofs/")) << line;
      ++rules;
    }
    last = line;
  }
  EXPECT_GT(rules, 20);
}

TEST(Explain, knows_layers) {
  for (const char* kind : {"conv",
                           "max_pool",
                           "avg_pool",
                           "global_avg_pool",
                           "flatten",
                           "dense",
                           "relu",
                           "sigmoid",
                           "batch_norm",
                           "dropout",
                           "conv_bn",
                           "basic_block",
                           "bottleneck",
                           "repeat",
                           "relu6",
                           "hard_sigmoid",
                           "hard_swish",
                           "depthwise_conv",
                           "separable_conv",
                           "conv_bn_act",
                           "squeeze_excite",
                           "stochastic_depth",
                           "inverted_residual",
                           "bneck",
                           "mbconv"}) {
    Execution run = pullback(std::string("explain ") + kind);
    EXPECT_EQ(run.status, 0) << kind << run.err;
    EXPECT_TRUE(contains(run.out, std::string("kind = \"") + kind + "\"")) << kind;
    EXPECT_TRUE(contains(run.out, "\n  backward\n")) << kind;
  }
  for (const char* kind : {"squeeze_excite", "bneck", "mbconv", "hard_swish"}) {
    std::string text = pullback(std::string("explain ") + kind).out;
    EXPECT_TRUE(contains(text, "multiplicative fan-in")) << kind;
    EXPECT_TRUE(contains(text, "product_rule, proofs/Ops/Curve.v")) << kind;
  }
}

TEST(Explain, knows_every_op) {
  std::string list = pullback("explain ops").out;
  std::istringstream lines(list);
  std::string line, op;
  std::getline(lines, line);
  int count = 0, proven = 0;
  while (std::getline(lines, line)) {
    std::istringstream(line) >> op;
    Execution run = pullback("explain " + op);
    EXPECT_EQ(run.status, 0) << op;
    EXPECT_TRUE(run.out.starts_with(op + "  ")) << op;
    EXPECT_TRUE(contains(run.out, "\n  rule\n    ")) << op;
    EXPECT_TRUE(contains(run.out, " = stablehlo.")) << op;
    bool outside = contains(run.out, "\n  lemmas\n    none; outside certificates: ");
    for (const char* lemma : {"_typed", "_deriv", "_vjp_correct"}) {
      EXPECT_NE(contains(run.out, "    " + op + lemma + ", proofs/"), outside) << op << lemma;
    }
    ++count;
    proven += outside ? 0 : 1;
  }
  EXPECT_GE(proven, 65);
  EXPECT_GE(count, 40);
}

}  // namespace
}  // namespace pullback::test
