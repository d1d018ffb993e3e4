#include "check/parity.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/random.h"
#include "interp/interpreter.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "train/step.h"

namespace pullback {

namespace {

/// The distance between |x| and the next f32 above.
double unit_in_last_place(double x) {
  auto single = static_cast<float>(std::abs(x));
  return std::nextafter(single, std::numeric_limits<float>::infinity()) - single;
}

/// Initial parameters and statistics, zero state, the learning rate, a random batch, its noise.
std::vector<Tensor> arguments_of(const Model& model, const TrainStep& step,
                                 const ParityOptions& options) {
  std::vector<Tensor> arguments = initial_parameters(model, options.seed);
  Random random(options.seed, "parity");
  auto classes = static_cast<uint64_t>(model.graph.type(model.logits).shape.back());
  for (size_t i = arguments.size(); i < step.graph.arguments.size(); ++i) {
    Tensor t(step.graph.arguments[i].type);
    for (int64_t k = 0; i >= step.batch_begin() && k < t.count(); ++k) {
      bool label = t.element() == ElementType::i32;
      t.set(k, label ? static_cast<double>(random.below(classes)) : random.normal());
    }
    if (i == step.learning_rate()) t.set(0, options.rate);
    if (i == step.apply()) t.set(0, 1);
    arguments.push_back(std::move(t));
  }
  std::vector<Tensor> weights = initial_weights(model, options.seed);
  for (size_t i = step.parameters; i < weights.size(); ++i) {
    arguments[i + step.state] = weights[i];
  }
  size_t noise = step.batch_begin() + 2;
  for (const Noise& n : model.noise) arguments[noise++] = draw(n, options.seed, 0);
  return arguments;
}

struct Reference {
  std::vector<Tensor> results;  ///< after all steps
  std::vector<double> scales;   ///< each one's largest element in any step
};

Reference steps_of_interpreter(const Graph& graph, const TrainStep& step,
                               std::vector<Tensor> arguments, int64_t steps) {
  Graph wide = retype(graph, ElementType::f64);
  for (Tensor& t : arguments) {
    if (t.element() == ElementType::f32) t = t.convert(ElementType::f64);
  }
  Reference reference;
  reference.scales.assign(graph.results.size(), 0);
  for (int64_t s = 0; s < steps; ++s) {
    if (auto number = step.number()) arguments[*number].set(0, static_cast<double>(s + 1));
    reference.results = evaluate(wide, arguments);
    std::copy_n(reference.results.begin(), step.kept(), arguments.begin());
    for (size_t i = 0; i < reference.scales.size(); ++i) {
      reference.scales[i] = std::max(reference.scales[i], largest(reference.results[i]));
    }
  }
  return reference;
}

std::vector<Tensor> steps_of_backend(const Contender& contender, const std::string& text,
                                     const TrainStep& step, const std::vector<Tensor>& arguments,
                                     const ParityOptions& options) {
  auto executable =
      compile(contender.backend, text, "step.mlir",
              {.threads = options.threads, .kept = step.kept(), .device = contender.device});
  for (size_t i = 0; i < arguments.size(); ++i) executable->set_argument(i, arguments[i]);
  for (int64_t s = 0; s < options.steps; ++s) {
    if (auto number = step.number()) {
      Tensor n(step.graph.arguments[*number].type);
      n.set(0, static_cast<double>(s + 1));
      executable->set_argument(*number, n);
    }
    executable->run();
  }
  std::vector<Tensor> results;
  for (size_t i = 0; i < executable->results().size(); ++i) {
    results.push_back(executable->result(i));
  }
  return results;
}

}  // namespace

double largest(const Tensor& tensor) {
  double result = 0;
  for (int64_t i = 0; i < tensor.count(); ++i) result = std::max(result, std::abs(tensor.at(i)));
  return result;
}

Distance distance(const Tensor& value, const Tensor& reference, double scale) {
  std::vector<double> differences;
  for (int64_t i = 0; i < value.count(); ++i) {
    double difference = std::abs(value.at(i) - reference.at(i));
    if (!std::isfinite(difference)) difference = std::numeric_limits<double>::infinity();
    differences.push_back(difference);
  }
  if (differences.empty()) return {};
  double error = *std::max_element(differences.begin(), differences.end());
  if (error == 0) return {};
  auto middle = differences.begin() + static_cast<std::ptrdiff_t>(differences.size() / 2);
  std::nth_element(differences.begin(), middle, differences.end());
  return {error / std::max(scale, std::numeric_limits<double>::min()),
          *middle / unit_in_last_place(scale)};
}

bool Parity::passed() const {
  for (const Contender& contender : contenders) {
    for (const Distance& d : contender.distances) {
      if (!(d.relative <= tolerance)) return false;
    }
  }
  return true;
}

Parity compare_backends(const Network& network, const Optimizer& optimizer,
                        std::vector<Contender> contenders, const ParityOptions& options) {
  Model model = build_training(network, options.batch);
  TrainStep step =
      make_train_step(model.graph, model.parameters.size(), optimizer, model.statistics.size());
  Graph graph = lower(step.graph);
  std::string text = print_stablehlo(graph);
  std::vector<Tensor> arguments = arguments_of(model, step, options);
  Reference reference = steps_of_interpreter(graph, step, arguments, options.steps);
  Parity parity;
  for (size_t i = 0; i < graph.results.size(); ++i) {
    bool kept = i < step.kept();
    parity.results.push_back({kept ? graph.arguments[i].name : graph.name_of(graph.results[i]),
                              graph.type(graph.results[i])});
  }
  for (Contender& contender : contenders) {
    if (!contender.problem.empty()) continue;
    try {
      std::vector<Tensor> values = steps_of_backend(contender, text, step, arguments, options);
      for (size_t i = 0; i < values.size(); ++i) {
        contender.distances.push_back(
            distance(values[i], reference.results[i], reference.scales[i]));
      }
    } catch (const Error& error) {
      contender.problem = error.what();
    }
  }
  parity.contenders = std::move(contenders);
  return parity;
}

}  // namespace pullback
