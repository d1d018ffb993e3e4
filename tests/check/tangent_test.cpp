#include "check/tangent.h"

#include <gtest/gtest.h>

#include <cmath>

#include "interp/interpreter.h"
#include "tests/ir/op_cases.h"

namespace pullback::test {
namespace {

double dot(const Tensor& a, const Tensor& b, double& magnitude) {
  double sum = 0;
  for (int64_t i = 0; i < a.count(); ++i) {
    sum += a.at(i) * b.at(i);
    magnitude += std::abs(a.at(i) * b.at(i));
  }
  return sum;
}

/// <c, tangent(u)> = <vjp(c), u>.
TEST(Tangent, is_the_adjoint_of_every_ops_vjp) {
  int count = 0;
  for (const OpCase& c : op_cases()) {
    SCOPED_TRACE(c.name);
    std::vector<bool> needs = differentiable(c);
    if (std::find(needs.begin(), needs.end(), true) == needs.end()) continue;
    if (!info_of(c.op).outside.empty()) continue;  // has no tangent
    std::vector<Tensor> inputs = inputs_of(c, ElementType::f64);
    Graph graph = retype(forward_graph(c), ElementType::f64);
    Tensor y = evaluate(graph, inputs)[0];
    std::vector<Tensor> u;
    std::vector<const Tensor*> x, dx;
    for (size_t k = 0; k < inputs.size(); ++k) {
      u.push_back(random_tensor(inputs[k].type(), {}, 7 + k));
      x.push_back(&inputs[k]);
    }
    for (size_t k = 0; k < inputs.size(); ++k) dx.push_back(needs[k] ? &u[k] : nullptr);
    Tensor ct = random_tensor(y.type(), {}, 3);
    Tensor tangent = tangent_of(graph.instr(graph.results[0]), x, dx, y);
    double magnitude = 1e-9;
    double difference = dot(ct, tangent, magnitude);
    std::vector<Tensor> arguments = inputs;
    arguments.push_back(ct);
    std::vector<Tensor> found = evaluate(retype(vjp_graph(c, needs), ElementType::f64), arguments);
    size_t next = 0;
    for (size_t k = 0; k < needs.size(); ++k) {
      if (needs[k]) difference -= dot(found[next++], u[k], magnitude);
    }
    EXPECT_LT(std::abs(difference), 1e-10 * magnitude);
    ++count;
  }
  EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace pullback::test
