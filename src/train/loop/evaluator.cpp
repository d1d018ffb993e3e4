#include "train/loop/evaluator.h"

#include <algorithm>
#include <span>

#include "base/error.h"
#include "base/parallel.h"
#include "passes/lower.h"
#include "print/stablehlo.h"

namespace pullback {

namespace {

std::string image_text(int64_t height, int64_t width, int64_t channels) {
  return std::to_string(height) + "×" + std::to_string(width) + "×" + std::to_string(channels);
}

/// Classes that are likelier, the first of equals.
size_t rank_of(size_t label, std::span<const float> probabilities) {
  size_t rank = 0;
  for (size_t c = 0; c < probabilities.size(); ++c) {
    rank += probabilities[c] > probabilities[label] ||
            (probabilities[c] == probabilities[label] && c < label);
  }
  return rank;
}

}  // namespace

void check_data(const Network& network, const Dataset& data) {
  const ImageShape& in = network.input;
  if (in != ImageShape{data.height, data.width, data.channels}) {
    throw Error(
        "network '" + network.name + "' takes images of " +
        image_text(in.height, in.width, in.channels) + " (height, width, channels), but " +
        "the data has " + image_text(data.height, data.width, data.channels) +
        "; choose other data with --data, or another input of the network, e.g. with --size");
  }
  if (network.classes != data.classes) {
    throw Error("network '" + network.name + "' has " + std::to_string(network.classes) +
                " classes, but the data has " + std::to_string(data.classes) +
                "; choose other classes of the network with --classes, or in its last layer");
  }
}

int64_t Evaluator::suitable_batch(const Network& network) {
  const ImageShape& in = network.input;
  constexpr int64_t numbers = 2400000;
  return std::clamp<int64_t>(numbers / (in.height * in.width * in.channels), 8, 250);
}

Evaluator::Evaluator(const Network& network, int64_t batch, std::string_view backend,
                     const CompileOptions& options)
    : network_(network),
      batch_(batch),
      threads_(options.threads == 0 ? hardware_threads() : options.threads),
      model_(build_evaluation(network, batch)) {
  text_ = print_stablehlo(lower(model_.graph));
  executable_ = compile(backend, text_, "eval.mlir", options);
}

void Evaluator::set_weights(const std::vector<Tensor>& weights) {
  PULLBACK_CHECK(weights.size() == model_.x(), std::to_string(weights.size()));
  for (size_t i = 0; i < weights.size(); ++i) executable_->set_argument(i, weights[i]);
}

void Evaluator::run(const Dataset& data, int64_t first, int64_t rows) {
  std::vector<int32_t> indices;
  for (int64_t i = 0; i < batch_; ++i) {
    indices.push_back(static_cast<int32_t>(first + std::min(i, rows - 1)));
  }
  fill_batch(data, indices, reinterpret_cast<float*>(executable_->argument(model_.x()).data()),
             reinterpret_cast<int32_t*>(executable_->argument(model_.labels()).data()),
             data.source ? threads_ : 1);
  executable_->run();
}

Evaluation Evaluator::evaluate(const Dataset& data) {
  check_data(network_, data);
  size_t classes = static_cast<size_t>(data.classes);
  Evaluation result;
  result.confusion.assign(classes * classes, 0);
  for (int64_t first = 0; first < data.count; first += batch_) {
    int64_t rows = std::min(batch_, data.count - first);
    run(data, first, rows);
    Tensor losses = executable_->result(0);
    Tensor predictions = executable_->result(1), probabilities = executable_->result(2);
    for (int64_t i = 0; i < rows; ++i) {
      size_t label = static_cast<size_t>(data.labels[static_cast<size_t>(first + i)]);
      size_t prediction =
          static_cast<size_t>(predictions.values<int32_t>()[static_cast<size_t>(i)]);
      result.loss += losses.at(i);
      result.correct += prediction == label;
      result.among_five += rank_of(label, probabilities.values<float>().subspan(
                                              static_cast<size_t>(i) * classes, classes)) < 5;
      if (prediction < classes) ++result.confusion[label * classes + prediction];
    }
  }
  result.count = data.count;
  result.loss /= static_cast<double>(data.count);
  return result;
}

std::vector<float> Evaluator::predict(const Dataset& data, int64_t index) {
  check_data(network_, data);
  run(data, index, 1);
  Tensor probabilities = executable_->result(2);
  auto row = probabilities.values<float>().first(static_cast<size_t>(data.classes));
  return {row.begin(), row.end()};
}

}  // namespace pullback
