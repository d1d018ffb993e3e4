#include <gtest/gtest.h>

#include <algorithm>

#include "ir/builder.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "tests/ir/op_cases.h"
#include "tests/oracles/modules.h"
#include "train/step.h"
#include "zoo/zoo.h"

namespace pullback {
namespace {

TEST(Jaxlib, accepts_every_op) {
  test::ModuleFolder modules;
  for (const test::OpCase& c : test::op_cases()) {
    if (!info_of(c.op).composite) modules.add(c.name, test::forward_graph(c));
  }
  int status = modules.verify();
  PULLBACK_EXPECT_ACCEPTED(status);
}

TEST(Jaxlib, accepts_every_vjp) {
  test::ModuleFolder modules;
  for (const test::OpCase& c : test::op_cases()) {
    std::vector<bool> needs = test::differentiable(c);
    if (std::find(needs.begin(), needs.end(), true) == needs.end()) continue;
    modules.add(c.name, lower(test::vjp_graph(c, needs)));
  }
  int status = modules.verify();
  PULLBACK_EXPECT_ACCEPTED(status);
}

TEST(Jaxlib, accepts_every_constant_and_name) {
  using K = Decimal::Kind;
  test::ModuleFolder modules;
  Graph g;
  Builder b(g);
  Type scalar{ElementType::i32, {}};
  for (const char* name : {"a", "x", "7", "3x3", "$new", "d.conv1_1-w$2", "_", ".", "-"}) {
    b.result(b.argument(name, scalar));
  }
  for (ElementType e : {ElementType::f32, ElementType::f64}) {
    for (Decimal d : {Decimal(0), Decimal(-78125, -7), Decimal(1, 30), Decimal(123, -40),
                      Decimal::special(K::infinity), Decimal::special(K::negative_infinity),
                      Decimal::special(K::nan), Decimal::special(K::negative_zero)}) {
      b.result(b.constant({e, {2, 3}}, d));
      Type column{e, {1, 2, 1}};
      b.result(b.emit(Constant{.type = column, .values = {d, d}}, {}));
    }
    for (Shape empty : {Shape{0}, Shape{0, 3}, Shape{2, 0}}) {
      b.result(b.constant({e, empty}, 1));
      Constant nothing;
      nothing.type = {e, empty};
      b.result(b.emit(nothing, {}));
    }
  }
  b.result(b.constant(scalar, -2147483648LL));
  Type mask{ElementType::i1, {2}};
  b.result(b.emit(Constant{.type = mask, .values = {Decimal(0), Decimal(1)}}, {}));
  modules.add("constants", g);
  int status = modules.verify();
  PULLBACK_EXPECT_ACCEPTED(status);
}

TEST(Jaxlib, accepts_every_train_step) {
  test::ModuleFolder modules;
  for (const Network& network : zoo()) {
    modules.add(network.name, lower(build_evaluation(network, 3).graph));
    Model model = build_training(network, 5);
    std::vector<std::string> optimizers = optimizer_names();
    if (model.parameters.size() > 30) optimizers.resize(1);
    for (const std::string& optimizer : optimizers) {
      TrainStep step = make_train_step(model.graph, model.parameters.size(),
                                       optimizer_named(optimizer), model.statistics.size());
      modules.add(network.name + "-" + optimizer, lower(step.graph));
    }
  }
  int status = modules.verify();
  PULLBACK_EXPECT_ACCEPTED(status);
}

}  // namespace
}  // namespace pullback
