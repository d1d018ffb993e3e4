#include <gtest/gtest.h>

#include "base/random.h"
#include "ir/builder.h"
#include "nn/model.h"
#include "parse/stablehlo.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "tests/ir/op_cases.h"
#include "train/step.h"
#include "zoo/zoo.h"

namespace pullback {
namespace {

/// Graphs compare by name too; the printer makes the module's name an identifier.
void expect_round_trip(const Graph& graph) {
  std::string text = print_stablehlo(graph);
  Graph parsed = parse_stablehlo(text, "text");
  EXPECT_EQ(parsed.arguments, graph.arguments);
  ASSERT_EQ(parsed.instrs.size(), graph.instrs.size());
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    EXPECT_EQ(parsed.instrs[i], graph.instrs[i]) << graph.instrs[i].name;
  }
  EXPECT_EQ(parsed.results, graph.results);
  EXPECT_EQ(print_stablehlo(parsed), text);
}

TEST(RoundTrip, every_network_of_the_zoo) {
  for (const Network& network : zoo()) {
    SCOPED_TRACE(network.name);
    expect_round_trip(lower(build_evaluation(network, 3).graph));
    Model model = build_training(network, 5);
    std::vector<std::string> optimizers = optimizer_names();
    if (model.parameters.size() > 30) optimizers.resize(1);
    for (const std::string& optimizer : optimizers) {
      TrainStep step = make_train_step(model.graph, model.parameters.size(),
                                       optimizer_named(optimizer), model.statistics.size());
      expect_round_trip(lower(step.graph));
    }
  }
}

TEST(RoundTrip, every_op) {
  for (const test::OpCase& c : test::op_cases()) {
    if (info_of(c.op).composite) continue;
    SCOPED_TRACE(c.name);
    expect_round_trip(test::forward_graph(c));
  }
}

TEST(RoundTrip, every_vjp) {
  for (const test::OpCase& c : test::op_cases()) {
    std::vector<bool> needs = test::differentiable(c);
    if (std::find(needs.begin(), needs.end(), true) == needs.end()) continue;
    SCOPED_TRACE(c.name);
    expect_round_trip(lower(test::vjp_graph(c, needs)));
  }
}

TEST(RoundTrip, name_of_an_identity_that_is_none) {
  // "$max.i32" is what the printer calls the identity of a maximum.
  Graph g;
  Builder b(g);
  Value x = b.argument("x", {ElementType::i32, {3}});
  Value low = b.constant({ElementType::i32, {}}, -214748368, "$max.i32");
  Value best = b.reduce(Reduction::max, x, {0}, "best");
  b.result(b.maximum(low, best, "y"));
  expect_round_trip(g);
}

TEST(RoundTrip, names) {
  Graph g;
  Builder b(g);
  for (const char* name : {"a", "x", "7", "3x3", "$new", "$$", "d.conv1_1-w$2", "_", ".", "-"}) {
    b.result(b.argument(name, {ElementType::i32, {}}));
  }
  expect_round_trip(g);
}

TEST(RoundTrip, constants_of_every_kind) {
  Graph g;
  Builder b(g);
  using K = Decimal::Kind;
  Values values;
  for (ElementType e : {ElementType::f32, ElementType::f64}) {
    for (Decimal d : {Decimal(0), Decimal(-78125, -7), Decimal(1, 30), Decimal(123, -40),
                      Decimal::special(K::infinity), Decimal::special(K::negative_infinity),
                      Decimal::special(K::nan), Decimal::special(K::negative_zero)}) {
      values.push_back(b.constant({e, {2, 3}}, d));
    }
  }
  values.push_back(b.constant({ElementType::i32, {}}, -7));
  values.push_back(b.constant({ElementType::i1, {4}}, 1));
  Type square{ElementType::f32, {2, 2}};
  values.push_back(b.emit(
      Constant{.type = square, .values = {Decimal(1), Decimal(15, -1), Decimal(-3), Decimal(0)}},
      {}));
  Type mask{ElementType::i1, {3}};
  values.push_back(
      b.emit(Constant{.type = mask, .values = {Decimal(1), Decimal(0), Decimal(1)}}, {}));
  for (Value v : values) b.result(v);
  expect_round_trip(g);
}

TEST(Parse, an_initial_value_that_is_no_identity_is_added_afterwards) {
  Graph g = parse_stablehlo(R"(module @m {
  func.func public @main(%x: tensor<2x3xf32>) -> tensor<2xf32> {
    %c = stablehlo.constant dense<5.0> : tensor<f32>
    %y = stablehlo.reduce(%x init: %c) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
    return %y : tensor<2xf32>
  }
})",
                            "m.mlir");
  ASSERT_EQ(g.instrs.size(), 4u);
  EXPECT_TRUE(std::holds_alternative<Add>(g.instrs[3].op));
  EXPECT_EQ(g.instrs[3].name, "y");
}

TEST(Parse, minus_zero_is_no_zero_but_where_a_sum_starts_or_a_value_is_whole) {
  Graph g = parse_stablehlo(R"(module @m {
  func.func public @main(%x: tensor<2x3xf32>) -> tensor<2xf32> {
    %i = stablehlo.constant dense<-0> : tensor<i32>
    %a = stablehlo.constant dense<[-0.0, 0.0]> : tensor<2xf32>
    %b = stablehlo.constant dense<0x80000000> : tensor<2xf32>
    %c = stablehlo.constant dense<"0x0000008000000000"> : tensor<2xf32>
    %z = stablehlo.constant dense<-0.000000e+00> : tensor<f32>
    %y = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
    return %y : tensor<2xf32>
  }
})",
                            "m.mlir");
  const Decimal negative = Decimal::special(Decimal::Kind::negative_zero);
  using Zeros = std::vector<Decimal>;
  ASSERT_EQ(g.instrs.size(), 5u);
  EXPECT_EQ(std::get<Constant>(g.instrs[0].op).values, Zeros{0});
  EXPECT_EQ(std::get<Constant>(g.instrs[1].op).values, (Zeros{negative, 0}));
  EXPECT_EQ(std::get<Constant>(g.instrs[2].op).values, Zeros{negative});
  EXPECT_EQ(std::get<Constant>(g.instrs[3].op).values, (Zeros{negative, 0}));
  EXPECT_TRUE(std::holds_alternative<Reduce>(g.instrs[4].op));
}

TEST(Parse, no_mutation_of_a_text_crashes) {
  Model model = build_training(find_network("mnist-cnn"), 2);
  std::string text =
      print_stablehlo(lower(make_train_step(model.graph, model.parameters.size(), Sgd{}).graph));
  Random random(7, "mutations");
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string mutant = text;
    for (uint64_t k = 0; k <= random.below(3); ++k) {
      size_t at = random.below(mutant.size());
      switch (random.below(4)) {
        case 0:
          mutant[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          mutant.erase(at, 1 + random.below(20));
          break;
        case 2:
          mutant.insert(at, mutant.substr(random.below(mutant.size()), random.below(20)));
          break;
        default:
          mutant.resize(at + 1);
      }
    }
    try {
      parse_stablehlo(mutant, "mutant");
      ++accepted;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("mutant:"), std::string::npos) << error.what();
    }
  }
  EXPECT_LT(accepted, 1500);  // renamed values and changed numbers may still be programs
}

}  // namespace
}  // namespace pullback
