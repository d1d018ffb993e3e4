#include <gtest/gtest.h>

#include <cmath>

#include "interp/interpreter.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "tests/ir/op_cases.h"

namespace pullback {
namespace {

class NativeOp : public testing::TestWithParam<test::OpCase> {};

/// Equal NaNs and infinities; finite floats within an error that grows with the largest value,
/// since sums are taken in another order and exponentials are approximated to 2 units in the last
/// place; integers and masks exactly.
void expect_close(const Tensor& actual, const Tensor& expected) {
  ASSERT_EQ(actual.type(), expected.type());
  double scale = 1;
  for (int64_t i = 0; i < expected.count(); ++i) {
    if (std::isfinite(expected.at(i))) scale = std::max(scale, std::abs(expected.at(i)));
  }
  double tolerance = expected.element() == ElementType::f32   ? 4e-6 * scale
                     : expected.element() == ElementType::f64 ? 1e-14 * scale
                                                              : 0;
  for (int64_t i = 0; i < expected.count(); ++i) {
    double a = actual.at(i), e = expected.at(i);
    if (std::isnan(e)) {
      EXPECT_TRUE(std::isnan(a)) << i;
    } else if (std::isinf(e)) {
      EXPECT_EQ(a, e) << i;
    } else {
      EXPECT_NEAR(a, e, tolerance) << i;
    }
  }
}

TEST_P(NativeOp, agrees_with_the_interpreter) {
  Graph graph = lower(test::forward_graph(GetParam()));
  std::vector<Tensor> inputs = test::inputs_of(GetParam());
  std::vector<Tensor> expected = evaluate(graph, inputs);
  for (kernels::Isa isa : kernels::supported_isas()) {
    SCOPED_TRACE(kernels::name(isa));
    for (int threads : {1, 3}) {
      auto native =
          compile("native", print_stablehlo(graph), "op.mlir", {.threads = threads, .isa = isa});
      for (size_t i = 0; i < inputs.size(); ++i) native->set_argument(i, inputs[i]);
      for (int run = 0; run < 2; ++run) {
        native->run();
        expect_close(native->result(0), expected[0]);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, NativeOp, testing::ValuesIn(test::op_cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace pullback
