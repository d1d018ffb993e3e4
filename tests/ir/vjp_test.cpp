#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "interp/interpreter.h"
#include "ir/builder.h"
#include "tests/ir/op_cases.h"

/// Every VJP against derivatives of the op itself, in f64.
namespace pullback::test {
namespace {

/// How the op depends on its float operands; says which difference quotient is exact.
enum class Dependence { linear, bilinear, piecewise_linear, smooth };

template <class T, class... Ts>
constexpr bool is_one_of = (std::is_same_v<T, Ts> || ...);

Dependence dependence_of(const Op& op) {
  return std::visit(
      []<class T>(const T& o) {
        if constexpr (requires { o.kind; }) {
          return o.kind == Reduction::add ? Dependence::linear : Dependence::piecewise_linear;
        }
        if constexpr (is_one_of<T, Multiply, DotGeneral, Convolution>) return Dependence::bilinear;
        if constexpr (is_one_of<T, Abs, Maximum, Minimum, SelectAndScatter, Clamp, Floor, Ceil,
                                RoundNearestAfz, RoundNearestEven, Sign, Remainder>) {
          return Dependence::piecewise_linear;
        }
        if constexpr (is_one_of<T, Negate, Add, Subtract, Select, Convert>) {
          return Dependence::linear;
        }
        return T::info.trick == Trick::linear ? Dependence::linear : Dependence::smooth;
      },
      op);
}

/// The op as a function of all its operands, in f64.
struct Function {
  Graph graph;
  std::vector<bool> needs;

  explicit Function(const OpCase& c)
      : graph(retype(forward_graph(c), ElementType::f64)), needs(differentiable(c)) {}

  /// f(x); 0 for -inf, the maximum of nothing, which is constant.
  std::vector<double> at(const std::vector<Tensor>& x) const {
    Tensor y = evaluate(graph, x)[0];
    auto values = y.values<double>();
    std::vector<double> result(values.begin(), values.end());
    std::replace(result.begin(), result.end(), -std::numeric_limits<double>::infinity(), 0.0);
    return result;
  }
  /// f(x + t · dx), dx only in operands that need it.
  std::vector<double> along(std::vector<Tensor> x, const std::vector<Tensor>& dx, double t) const {
    for (size_t k = 0; k < x.size(); ++k) {
      if (!needs[k]) continue;
      auto to = x[k].values<double>();
      auto from = dx[k].values<double>();
      for (size_t i = 0; i < to.size(); ++i) to[i] += t * from[i];
    }
    return at(x);
  }
};

void add_scaled(std::vector<double>& sum, double scale, const std::vector<double>& term) {
  sum.resize(term.size());
  for (size_t i = 0; i < term.size(); ++i) sum[i] += scale * term[i];
}

/// J · dx. Exact for linear and bilinear ops; a difference within one piece for piecewise linear
/// ones; else central differences of order 8, Fornberg, Math. Comp. 51 (1988), Table 1.
std::vector<double> jvp(const OpCase& c, const std::vector<Tensor>& x,
                        const std::vector<Tensor>& dx) {
  Function f(c);
  std::vector<double> sum(static_cast<size_t>(c.result.count()));
  switch (dependence_of(c.op)) {
    case Dependence::linear: {
      std::vector<Tensor> tangents = x;
      for (size_t k = 0; k < x.size(); ++k) {
        if (f.needs[k]) tangents[k] = dx[k];
      }
      return f.at(tangents);
    }
    case Dependence::bilinear:
      add_scaled(sum, 1, f.at({dx[0], x[1]}));
      add_scaled(sum, 1, f.at({x[0], dx[1]}));
      return sum;
    case Dependence::piecewise_linear: {
      const double h = std::ldexp(1, -14);
      add_scaled(sum, 1 / h, f.along(x, dx, h));
      add_scaled(sum, -1 / h, f.at(x));
      return sum;
    }
    case Dependence::smooth: {
      const double h = std::ldexp(1, -7);
      const double weights[] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
      for (int j = 1; j <= 4; ++j) {
        add_scaled(sum, weights[j - 1] / h, f.along(x, dx, j * h));
        add_scaled(sum, -weights[j - 1] / h, f.along(x, dx, -j * h));
      }
      return sum;
    }
  }
  return sum;
}

std::vector<OpCase> differentiable_cases() {
  std::vector<OpCase> result;
  for (const OpCase& c : op_cases()) {
    std::vector<bool> needs = differentiable(c);
    if (std::find(needs.begin(), needs.end(), true) != needs.end()) result.push_back(c);
  }
  return result;
}

class Vjp : public testing::TestWithParam<OpCase> {
 protected:
  const OpCase& c = GetParam();
  std::vector<bool> needs = differentiable(c);
  std::vector<Tensor> x = inputs_of(c, ElementType::f64);
  Tensor ct = random_tensor(c.result.with(ElementType::f64), {-1, 1}, 7);

  /// The rule's cotangents, one per operand with `which`, in `precision`.
  std::vector<Tensor> cotangents(const std::vector<bool>& which, ElementType precision) const {
    Graph graph = vjp_graph(c, which);
    verify(graph);
    if (precision == ElementType::f64) graph = retype(graph, precision);
    std::vector<Tensor> arguments = inputs_of(c, precision);
    arguments.push_back(
        ct.convert(c.result.element == ElementType::f32 ? precision : c.result.element));
    return evaluate(graph, arguments);
  }
};

INSTANTIATE_TEST_SUITE_P(ops, Vjp, testing::ValuesIn(differentiable_cases()),
                         [](const auto& info) { return info.param.name; });

/// Σ ct · f over the result.
double pairing(std::span<const double> ct, const std::vector<double>& y) {
  double sum = 0;
  for (size_t i = 0; i < y.size(); ++i) sum += ct[i] * y[i];
  return sum;
}

/// d/dx[i] of ⟨ct, f(x)⟩ by central differences of order 4.
double difference(const Function& f, std::vector<Tensor>& x, size_t k, size_t i,
                  std::span<const double> ct, double h) {
  double& element = x[k].values<double>()[i];
  const double middle = element;
  auto at = [&](double offset) {
    element = middle + offset;
    double value = pairing(ct, f.at(x));
    element = middle;
    return value;
  };
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

TEST_P(Vjp, agrees_with_finite_differences) {
  Function f(c);
  const double h =
      dependence_of(c.op) == Dependence::piecewise_linear ? std::ldexp(1, -14) : std::ldexp(1, -9);
  std::vector<Tensor> results = cotangents(needs, ElementType::f64);
  size_t next = 0;
  for (size_t k = 0; k < x.size(); ++k) {
    if (!needs[k]) continue;
    ASSERT_EQ(results[next].shape(), x[k].shape());
    auto gradient = results[next++].values<double>();
    double scale = 0;
    for (double g : gradient) scale = std::max(scale, std::abs(g));
    for (size_t i = 0; i < gradient.size(); ++i) {
      double expected = difference(f, x, k, i, ct.values<double>(), h);
      EXPECT_NEAR(gradient[i], expected, 1e-6 * std::max(scale, 1e-3))
          << "operand " << k << ", element " << i;
    }
  }
}

TEST_P(Vjp, satisfies_the_adjoint_identity) {
  // ⟨ct, J · dx⟩ = ⟨vjp(ct), dx⟩, relative to the sum of the terms' magnitudes
  std::vector<Tensor> dx;
  for (size_t k = 0; k < x.size(); ++k) dx.push_back(random_tensor(x[k].type(), {-1, 1}, 11 + k));
  std::vector<double> tangent = jvp(c, x, dx);
  auto weights = ct.values<double>();
  double left = pairing(weights, tangent), right = 0, magnitude = 0;
  for (size_t i = 0; i < tangent.size(); ++i) magnitude += std::abs(weights[i] * tangent[i]);
  std::vector<Tensor> results = cotangents(needs, ElementType::f64);
  size_t next = 0;
  for (size_t k = 0; k < x.size(); ++k) {
    if (!needs[k]) continue;
    auto gradient = results[next++].values<double>();
    auto direction = dx[k].values<double>();
    for (size_t i = 0; i < gradient.size(); ++i) {
      right += gradient[i] * direction[i];
      magnitude += std::abs(gradient[i] * direction[i]);
    }
  }
  EXPECT_NEAR(left, right, 1e-10 * std::max(magnitude, 1e-3));
}

TEST_P(Vjp, of_one_operand_is_the_same_without_the_others) {
  std::vector<Tensor> all = cotangents(needs, ElementType::f32);
  size_t next = 0;
  for (size_t k = 0; k < needs.size(); ++k) {
    if (!needs[k]) continue;
    std::vector<bool> only(needs.size(), false);
    only[k] = true;
    EXPECT_EQ(cotangents(only, ElementType::f32).at(0), all[next++]) << "operand " << k;
  }
}

TEST_P(Vjp, is_the_same_program_every_time) { EXPECT_EQ(vjp_graph(c, needs), vjp_graph(c, needs)); }

TEST(VjpTable, tells_linear_from_smooth) {
  EXPECT_EQ(dependence_of(Reduce{Reduction::add, {}}), Dependence::linear);
  EXPECT_EQ(dependence_of(Reduce{Reduction::max, {}}), Dependence::piecewise_linear);
  EXPECT_EQ(dependence_of(Pad{{}, {}, {}}), Dependence::linear);
  EXPECT_EQ(dependence_of(DotGeneral{{}, {}, {}, {}}), Dependence::bilinear);
  EXPECT_EQ(dependence_of(Tanh{}), Dependence::smooth);
}

}  // namespace
}  // namespace pullback::test
