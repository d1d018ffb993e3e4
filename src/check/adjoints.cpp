#include "check/adjoints.h"

#include <algorithm>
#include <cmath>

#include "autodiff/backward.h"
#include "base/random.h"
#include "check/replay.h"
#include "interp/interpreter.h"

namespace pullback {

namespace {

/// How an op depends on its operands decides which difference of it is exact.
enum class Dependence { linear, bilinear, piecewise_linear, smooth };

Dependence dependence_of(const Op& op) {
  return std::visit(
      []<class T>(const T& o) {
        if constexpr (requires { o.kind; }) {
          return o.kind == Reduction::add ? Dependence::linear : Dependence::piecewise_linear;
        }
        switch (T::info.trick) {
          case Trick::linear:
            return Dependence::linear;
          case Trick::toeplitz:
          case Trick::outer_product:
            return Dependence::bilinear;
          case Trick::selection:
            return std::is_same_v<T, Select> ? Dependence::linear : Dependence::piecewise_linear;
          default:
            return std::is_same_v<T, Abs> ? Dependence::piecewise_linear : Dependence::smooth;
        }
      },
      op);
}

/// One instruction as a function of its operands.
struct Function {
  const Instr& instr;
  std::vector<Tensor> x;
  std::vector<bool> needs;

  Tensor at(const std::vector<Tensor>& operands) const {
    std::vector<const Tensor*> pointers;
    pointers.reserve(operands.size());
    for (const Tensor& t : operands) pointers.push_back(&t);
    return eval(instr.op, pointers, instr.type);
  }
  /// f(x + t u)
  Tensor along(const std::vector<Tensor>& u, double t) const {
    std::vector<Tensor> moved = x;
    for (size_t k = 0; k < x.size(); ++k) {
      if (!needs[k]) continue;
      auto from = u[k].values<double>();
      auto to = moved[k].values<double>();
      for (size_t i = 0; i < to.size(); ++i) to[i] += t * from[i];
    }
    return at(moved);
  }
};

void add_scaled(Tensor& sum, double scale, const Tensor& term) {
  auto from = term.values<double>();
  auto to = sum.values<double>();
  for (size_t i = 0; i < to.size(); ++i) to[i] += scale * from[i];
}

/// Central differences; the weights are exact for polynomials of degree 8 (Fornberg, Math. Comp.
/// 51, 1988, Table 1).
Tensor central_difference(const Function& f, const std::vector<Tensor>& u, double h,
                          const std::vector<double>& weights) {
  Tensor sum(f.instr.type);
  for (size_t j = 0; j < weights.size(); ++j) {
    double t = static_cast<double>(j + 1) * h;
    add_scaled(sum, weights[j] / h, f.along(u, t));
    add_scaled(sum, -weights[j] / h, f.along(u, -t));
  }
  return sum;
}

/// A step h so that no |h u|, |u| ≤ 1, reaches from one of the spread values half way to the next.
double distance_to_kinks(const Function& f) {
  int64_t count = 1;
  for (const Tensor& t : f.x) count = std::max(count, t.count());
  double cells = static_cast<double>(count) * static_cast<double>(f.x.size());
  return std::exp2(std::floor(std::log2(1 / (4 * cells))));
}

/// Values in [-1, 1] in random order, evenly apart: no two are equal, none is 0, and operand
/// `part` of `parts` shares no value with another.
Tensor spread_tensor(const Type& type, Random& random, size_t part, size_t parts) {
  Tensor tensor(type);
  auto values = tensor.values<double>();
  for (size_t i = 0; i < values.size(); ++i) {
    size_t j = random.below(i + 1);
    values[i] = values[j];
    values[j] = static_cast<double>(i);
  }
  double place = (static_cast<double>(part) + 0.5) / static_cast<double>(parts);
  for (double& value : values) {
    double cell = (value + place) / static_cast<double>(values.size());
    value = 2 * cell - 1;
  }
  return tensor;
}

/// J u, the op's derivative along u.
Tensor derivative(const Function& f, const std::vector<Tensor>& u) {
  std::vector<Tensor> mixed = f.x;
  switch (dependence_of(f.instr.op)) {
    case Dependence::linear:
      for (size_t k = 0; k < u.size(); ++k) {
        if (f.needs[k]) mixed[k] = u[k];
      }
      return f.at(mixed);
    case Dependence::bilinear: {
      Tensor sum(f.instr.type);
      for (size_t k = 0; k < u.size(); ++k) {
        if (!f.needs[k]) continue;
        mixed[k] = u[k];
        add_scaled(sum, 1, f.at(mixed));
        mixed[k] = f.x[k];
      }
      return sum;
    }
    case Dependence::piecewise_linear:
      return central_difference(f, u, distance_to_kinks(f), {0.5});
    case Dependence::smooth:
      return central_difference(f, u, std::ldexp(1, -7),
                                {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280});
  }
  return {};
}

/// The op's rule applied to c, one cotangent per operand; {} where there is none.
std::vector<Tensor> cotangents(const Function& f, const Tensor& c) {
  Graph graph;
  Builder b(graph);
  VjpArgs args{.operands = {}, .result = {}, .cotangent = {}, .needs = f.needs};
  std::vector<Tensor> arguments = f.x;
  for (const Tensor& t : f.x) args.operands.push_back(b.argument("x", t.type()));
  args.cotangent = b.argument("c", c.type());
  arguments.push_back(c);
  args.result = b.emit(f.instr.op, args.operands, "y");
  args.group = {{result_index(f.instr.op), args.result, args.cotangent}};
  args.pull_back = pull_back;
  Values found = vjp(f.instr.op, b, args);
  std::vector<Tensor> values = evaluate_all(graph, arguments);
  std::vector<Tensor> result(f.x.size());
  for (size_t k = 0; k < found.size(); ++k) {
    if (found[k] && f.needs[k]) result[k] = values[static_cast<size_t>(found[k].id)];
  }
  return result;
}

/// Values in [-1, 1].
Tensor random_tensor(const Type& type, Random& random) {
  Tensor tensor(type);
  for (int64_t i = 0; i < tensor.count(); ++i) tensor.set(i, 2 * random.uniform() - 1);
  return tensor;
}

void add_products(const Tensor& a, const Tensor& b, double sign, double& sum, double& magnitude) {
  auto x = a.values<double>();
  auto y = b.values<double>();
  for (size_t i = 0; i < x.size(); ++i) {
    sum += sign * x[i] * y[i];
    magnitude += std::abs(x[i] * y[i]);
  }
}

double adjoint_error(Function f, Random& random) {
  std::vector<Tensor> u;
  bool kinked = dependence_of(f.instr.op) == Dependence::piecewise_linear;
  for (size_t k = 0; k < f.x.size(); ++k) {
    if (kinked && f.needs[k]) {
      f.x[k] = spread_tensor(f.x[k].type(), random, k, f.x.size());
    }
    u.push_back(f.needs[k] ? random_tensor(f.x[k].type(), random) : Tensor());
  }
  Tensor c = random_tensor(f.instr.type, random);
  double difference = 0, magnitude = 1e-300;
  add_products(c, derivative(f, u), 1, difference, magnitude);
  std::vector<Tensor> found = cotangents(f, c);
  for (size_t k = 0; k < found.size(); ++k) {
    if (f.needs[k] && found[k].count() == u[k].count() && found[k].element() == u[k].element()) {
      add_products(found[k], u[k], -1, difference, magnitude);
    }
  }
  double error = std::abs(difference) / magnitude;
  return std::isnan(error) ? INFINITY : error;
}

AdjointCheck& entry_of(std::vector<AdjointCheck>& checks, const OpInfo& info) {
  auto at = std::find_if(checks.begin(), checks.end(),
                         [&](const AdjointCheck& c) { return c.op == info.name; });
  if (at != checks.end()) return *at;
  checks.push_back({.op = std::string(info.name), .trick = info.trick, .worst = ""});
  return checks.back();
}

}  // namespace

std::vector<AdjointCheck> check_adjoints(const Graph& forward, size_t parameters,
                                         const std::vector<Tensor>& arguments, uint64_t seed) {
  Values thetas;
  for (size_t p = 0; p < parameters; ++p) thetas.push_back({static_cast<int32_t>(p)});
  std::vector<bool> active = active_values(forward, thetas);
  Replay replay(retype(forward, ElementType::f64), arguments);
  const Graph& graph = replay.graph();
  std::vector<AdjointCheck> checks;
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    const Instr& instr = graph.instrs[i];
    if (!active[static_cast<size_t>(graph.value_of(i).id)]) continue;
    if (!replay.needed(graph.value_of(i))) continue;
    Function f{.instr = instr, .x = {}, .needs = {}};
    for (Value v : instr.operands) {
      f.x.push_back(replay.value(v));
      f.needs.push_back(active[static_cast<size_t>(v.id)]);
    }
    Random random(seed, instr.name + " adjoint");
    double error = adjoint_error(std::move(f), random);
    AdjointCheck& check = entry_of(checks, info_of(instr.op));
    ++check.instructions;
    if (error >= check.error) {
      check.error = error;
      check.worst = instr.name;
    }
  }
  return checks;
}

}  // namespace pullback
