#include "check/gradients.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "check/replay.h"
#include "interp/interpreter.h"
#include "passes/lower.h"
#include "train/step.h"

namespace pullback {

namespace {

/// The gradients as the train step computes them.
std::vector<Tensor> gradients(const Model& model, std::vector<Tensor> arguments) {
  TrainStep step =
      make_train_step(model.graph, model.parameters.size(), Sgd{}, model.statistics.size());
  std::vector<size_t> present;
  step.graph.results.clear();
  for (size_t p = 0; p < step.gradients.size(); ++p) {
    if (!step.gradients[p]) continue;
    present.push_back(p);
    step.graph.results.push_back(step.gradients[p]);
  }
  arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(step.learning_rate()),
                   Tensor(Shape{}, std::vector<double>{1}));
  std::vector<Tensor> found = evaluate(retype(lower(step.graph), ElementType::f64), arguments);
  std::vector<Tensor> result;
  for (const Parameter& p : model.parameters) {
    result.emplace_back(p.type.with(ElementType::f64));  // zeros
  }
  for (size_t i = 0; i < present.size(); ++i) result[present[i]] = found[i];
  return result;
}

GradientCheck check_parameter(const Replay& replay, size_t parameter, const Tensor& gradient,
                              const std::string& name, const GradientOptions& options) {
  GradientCheck check{.parameter = name, .type = gradient.type().with(ElementType::f32)};
  auto g = gradient.values<double>();
  for (double value : g) check.largest = std::max(check.largest, std::abs(value));
  double scale = std::max(check.largest, 1e-6);
  Random random(options.seed, name + " samples");
  Tensor u(gradient.type());
  for (int64_t s = 0; s < options.samples; ++s) {
    auto i = static_cast<int64_t>(random.below(g.size()));
    u.set(i, 1);
    SlopeComparison entry = compare_slope(replay, parameter, u, g[static_cast<size_t>(i)], scale,
                                          GradientCheck::tolerance);
    u.set(i, 0);
    entry.kink ? ++check.kinks : ++check.samples;
    if (!entry.kink) check.entry_error = std::max(check.entry_error, entry.error);
  }
  double slope = 0, length = std::sqrt(static_cast<double>(g.size()));
  for (size_t i = 0; i < g.size(); ++i) {
    double step = random.normal() / length;
    u.set(static_cast<int64_t>(i), step);
    slope += step * g[i];
  }
  SlopeComparison direction =
      compare_slope(replay, parameter, u, slope, scale, GradientCheck::tolerance);
  check.direction_kink = direction.kink;
  if (!direction.kink) check.direction_error = direction.error;
  return check;
}

}  // namespace

std::vector<Tensor> random_arguments(const Model& model, uint64_t seed) {
  std::vector<Tensor> arguments;
  for (const Tensor& t : initial_parameters(model, seed)) {
    arguments.push_back(t.convert(ElementType::f64));
    Random random(seed, model.parameters[arguments.size() - 1].name + " moved");
    if (model.parameters[arguments.size() - 1].initializer.kind != Initializer::Kind::zeros) {
      continue;
    }
    for (double& value : arguments.back().values<double>()) value = 0.1 * random.normal();
  }
  Random random(seed, "batch");
  Tensor x(model.graph.arguments[model.x()].type.with(ElementType::f64));
  for (double& value : x.values<double>()) value = random.uniform();
  Tensor labels(model.graph.arguments[model.labels()].type);
  auto classes = static_cast<uint64_t>(model.graph.type(model.logits).shape.back());
  for (int32_t& label : labels.values<int32_t>()) {
    label = static_cast<int32_t>(random.below(classes));
  }
  std::vector<Tensor> weights = initial_weights(model, seed);
  for (size_t s = model.parameters.size(); s < weights.size(); ++s) {
    arguments.push_back(weights[s].convert(ElementType::f64));
  }
  arguments.push_back(x);
  arguments.push_back(labels);
  for (const Noise& n : model.noise) {
    arguments.push_back(draw(n, seed, 0).convert(ElementType::f64));
  }
  return arguments;
}

bool GradientCheck::passed() const {
  return entry_error <= tolerance && direction_error <= tolerance;
}

std::vector<GradientCheck> check_gradients(const Model& model, const GradientOptions& options) {
  std::vector<Tensor> arguments = random_arguments(model, options.seed);
  std::vector<Tensor> found = gradients(model, arguments);
  Replay replay(retype(model.graph, ElementType::f64), arguments);
  std::vector<GradientCheck> checks;
  for (size_t p = 0; p < model.parameters.size(); ++p) {
    checks.push_back(check_parameter(replay, p, found[p], model.parameters[p].name, options));
    options.progress(checks.size());
  }
  return checks;
}

}  // namespace pullback
