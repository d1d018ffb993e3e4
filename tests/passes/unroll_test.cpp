#include "passes/unroll.h"

#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/backward.h"
#include "interp/interpreter.h"
#include "parse/stablehlo.h"
#include "passes/dead.h"
#include "passes/selects.h"
#include "print/stablehlo.h"

namespace pullback {
namespace {

Graph parse(const std::string& signature, const std::string& body) {
  return parse_stablehlo(
      "module @m {\n  func.func public @main(" + signature + " {\n" + body + "  }\n}\n", "m.mlir");
}

/// y = 2^bound x, by doubling in a loop from 0 to a bound.
Graph doubling(const std::string& bound) {
  return parse("%n: tensor<i32>, %x: tensor<f64>) -> tensor<f64>",
               "    %fixed = stablehlo.constant dense<5> : tensor<i32>\n"
               "    %zero = stablehlo.constant dense<0> : tensor<i32>\n"
               "    %0:2 = stablehlo.while(%i = %zero, %y = %x) : tensor<i32>, tensor<f64>\n"
               "    cond {\n      %1 = stablehlo.compare LT, %i, " +
                   bound +
                   " : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
                   "      stablehlo.return %1 : tensor<i1>\n    } do {\n"
                   "      %one = stablehlo.constant dense<1> : tensor<i32>\n"
                   "      %2 = stablehlo.add %i, %one : tensor<i32>\n"
                   "      %3 = stablehlo.add %y, %y : tensor<f64>\n"
                   "      stablehlo.return %2, %3 : tensor<i32>, tensor<f64>\n    }\n"
                   "    return %0#1 : tensor<f64>\n");
}

Tensor scalar(double x) { return Tensor(Shape{}, std::vector<double>{x}); }
Tensor integer(int n) { return Tensor(Shape{}, std::vector<int32_t>{n}); }
Tensor truth(bool p) { return Tensor(Shape{}, std::vector<bool>{p}); }

bool has_while(const Graph& graph) {
  for (const Instr& instr : graph.instrs) {
    if (std::holds_alternative<While>(instr.op)) return true;
  }
  return false;
}

TEST(Unroll, a_loop_with_constant_bounds_is_the_line_of_its_rounds) {
  Graph graph = unroll(doubling("%fixed"));
  ASSERT_EQ(graph.instrs.size(), 5u) << print_stablehlo(graph);
  EXPECT_EQ(graph.instrs[4].name, "3.4");
  EXPECT_EQ(evaluate(graph, {integer(0), scalar(3)})[0].at(0), 96);
  EXPECT_EQ(parse_stablehlo(print_stablehlo(graph), "text"), graph);
}

TEST(Unroll, a_loop_that_depends_on_an_argument_stays) {
  Graph graph = doubling("%n");
  EXPECT_EQ(unroll(graph), without_dead(graph));
  EXPECT_EQ(evaluate(graph, {integer(3), scalar(3)})[0].at(0), 24);
}

TEST(Unroll, for_a_gradient_only_loops_that_it_passes_through) {
  Graph graph = doubling("%fixed");
  Value n{0}, x{1};
  EXPECT_FALSE(has_while(unroll(graph, {.parameters = Values{x}})));
  EXPECT_TRUE(has_while(unroll(graph, {.parameters = Values{}})));
  EXPECT_TRUE(has_while(unroll(graph, {.parameters = Values{n}})));
}

TEST(Unroll, beyond_the_limit_is_an_error_that_names_the_loop) {
  try {
    unroll(doubling("%fixed"), {.parameters = {}, .limit = 10});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("'0#1' takes more than 10 instructions: it has 5 "
                        "rounds of 3"),
              std::string::npos)
        << error.what();
  }
}

/// A loop that constants say never ends.
TEST(Unroll, without_end_is_an_error) {
  Graph graph = parse("%x: tensor<f64>) -> tensor<f64>",
                      "    %0 = stablehlo.while(%y = %x) : tensor<f64>\n    cond {\n"
                      "      %1 = stablehlo.constant dense<true> : tensor<i1>\n"
                      "      stablehlo.return %1 : tensor<i1>\n    } do {\n"
                      "      stablehlo.return %y : tensor<f64>\n    }\n"
                      "    return %0 : tensor<f64>\n");
  EXPECT_THROW(unroll(graph, {.parameters = {}, .limit = 1000}), Error);
}

TEST(Gradient, of_a_loop_that_stays_is_refused_by_name) {
  Graph graph = doubling("%n");
  Builder b(graph);
  try {
    add_backward(b, graph.results[0], {{1}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("through the while '0#1'"), std::string::npos);
  }
}

/// sqrt(x) or x: at 0 the square root's derivative is infinite.
Graph choice() {
  return parse("%p: tensor<i1>, %x: tensor<f64>) -> tensor<f64>",
               R"(    %y:2 = "stablehlo.if"(%p) ({
      %0 = stablehlo.sqrt %x : tensor<f64>
      stablehlo.return %0, %x : tensor<f64>, tensor<f64>
    }, {
      %0 = stablehlo.multiply %x, %x : tensor<f64>
      stablehlo.return %x, %0 : tensor<f64>, tensor<f64>
    }) : (tensor<i1>) -> (tensor<f64>, tensor<f64>)
    %z = stablehlo.add %y#0, %y#1 : tensor<f64>
    return %z : tensor<f64>
)");
}

double gradient_at(Graph graph, bool p, double x) {
  Builder b(graph);
  Backward backward = add_backward(b, graph.results[0], {{1}});
  graph.results = {backward.cotangents[1]};
  verify(graph);
  return evaluate(graph, {truth(p), scalar(x)})[0].at(0);
}

TEST(Gradient, of_a_branch_is_that_of_the_one_taken) {
  EXPECT_DOUBLE_EQ(gradient_at(choice(), true, 4), 0.25 + 1);
  EXPECT_DOUBLE_EQ(gradient_at(choice(), false, 4), 1 + 8);
  EXPECT_EQ(gradient_at(choice(), false, 0), 1) << "nothing of the other branch comes through";
  EXPECT_TRUE(std::isnan(gradient_at(choice(), false, -1)) == false);
}

TEST(Gradient, of_both_results_of_a_branch_is_one_op) {
  Graph graph = choice();
  Builder b(graph);
  add_backward(b, graph.results[0], {{1}});
  int ops = 0;
  for (size_t i = 0; i < graph.instrs.size(); i = graph.group_end(i)) {
    ops += std::holds_alternative<If>(graph.instrs[i].op);
  }
  EXPECT_EQ(ops, 2) << print_stablehlo(graph);
}

TEST(Selects, take_all_branches) {
  Graph graph = branches_to_selects(choice());
  for (const Instr& instr : graph.instrs) EXPECT_EQ(info_of(instr.op).outside, "");
  for (bool p : {true, false}) {
    EXPECT_EQ(evaluate(graph, {truth(p), scalar(4)}), evaluate(choice(), {truth(p), scalar(4)}));
    EXPECT_DOUBLE_EQ(gradient_at(graph, p, 4), gradient_at(choice(), p, 4));
  }
}

}  // namespace
}  // namespace pullback
