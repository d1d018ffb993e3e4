#include "check/replay.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "interp/interpreter.h"

namespace pullback {

Replay::Replay(Graph graph, const std::vector<Tensor>& arguments)
    : graph_(std::move(graph)),
      values_(evaluate_all(graph_, arguments)),
      needed_(graph_.value_count(), false) {
  needed_[static_cast<size_t>(graph_.results[0].id)] = true;
  for (size_t i = graph_.instrs.size(); i-- > 0;) {
    if (!needed_[static_cast<size_t>(graph_.value_of(i).id)]) continue;
    for (Value v : graph_.instrs[i].operands) needed_[static_cast<size_t>(v.id)] = true;
  }
}

double Replay::loss(size_t index, const Tensor& moved) const {
  std::map<Value, Tensor> changed;
  changed[{static_cast<int32_t>(index)}] = moved;
  auto current = [&](Value v) {
    auto at = changed.find(v);
    return at == changed.end() ? &value(v) : &at->second;
  };
  for (size_t i = 0; i < graph_.instrs.size(); ++i) {
    const Instr& instr = graph_.instrs[i];
    Value v = graph_.value_of(i);
    bool affected = false;
    std::vector<const Tensor*> operands;
    for (Value operand : instr.operands) {
      affected |= changed.contains(operand);
      operands.push_back(current(operand));
    }
    if (affected && needed_[static_cast<size_t>(v.id)]) {
      changed[v] = eval(instr.op, operands, instr.type);
    }
  }
  return current(graph_.results[0])->at(0);
}

SlopeComparison compare_slope(const Replay& replay, size_t index, const Tensor& u, double expected,
                              double scale, double tolerance) {
  // Large enough for f64's rounding, 2e-16 · loss / h; small enough for curvature and kinks.
  const double h = std::ldexp(1, -18);
  auto loss_at = [&](double t) {
    Tensor moved = replay.argument(index);
    auto values = moved.values<double>();
    auto direction = u.values<double>();
    for (size_t i = 0; i < values.size(); ++i) values[i] += t * direction[i];
    return replay.loss(index, moved);
  };
  double middle = replay.loss(), above = loss_at(h), below = loss_at(-h);
  double right = (above - middle) / h, left = (middle - below) / h;
  double error = std::abs((above - below) / (2 * h) - expected) / scale;
  if (std::isnan(error)) error = INFINITY;
  double slack = tolerance * scale;
  bool enclosed =
      std::min(left, right) - slack <= expected && expected <= std::max(left, right) + slack;
  bool bent = std::abs(right - left) > slack;
  return {error, error > tolerance && bent && enclosed};
}

}  // namespace pullback
