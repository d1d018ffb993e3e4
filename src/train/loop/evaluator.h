#pragma once

#include <vector>

#include "data/batcher.h"
#include "nn/model.h"
#include "run/executable.h"

namespace pullback {

/// What a network makes of a data set.
struct Evaluation {
  double loss = 0;  ///< mean
  int64_t correct = 0, count = 0;
  int64_t among_five = 0;          ///< whose class is among the five likeliest
  std::vector<int64_t> confusion;  ///< [true class, predicted class]

  double top5() const { return static_cast<double>(among_five) / static_cast<double>(count); }
  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(count); }
};

/// Throws Error unless the data set's images and classes are the network's.
void check_data(const Network& network, const Dataset& data);

/// A network's evaluation module, compiled.
class Evaluator {
 public:
  Evaluator(const Network& network, int64_t batch, std::string_view backend,
            const CompileOptions& options);

  /// Images at once that suit a network: few large ones.
  static int64_t suitable_batch(const Network& network);

  const Network& network() const { return network_; }
  const Model& model() const { return model_; }
  const std::string& text() const { return text_; }
  /// The values of model().weights(): parameters and running statistics.
  void set_weights(const std::vector<Tensor>& weights);
  /// The last batch may be incomplete; its padding does not count. Throws Error for data that does
  /// not fit the network, as predict() does.
  Evaluation evaluate(const Dataset& data);
  /// The probabilities of each class for one image.
  std::vector<float> predict(const Dataset& data, int64_t index);

 private:
  /// Runs rows [first, first + rows) of the data set, the rest repeating the last.
  void run(const Dataset& data, int64_t first, int64_t rows);

  Network network_;
  int64_t batch_;
  int threads_;
  Model model_;
  std::string text_;
  std::unique_ptr<Executable> executable_;
};

}  // namespace pullback
