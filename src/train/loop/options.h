#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/augment.h"
#include "nn/network.h"
#include "train/optimizer.h"
#include "train/schedule.h"

namespace pullback {

/// An optimizer as one asks for it.
struct OptimizerOptions {
  std::string optimizer = "momentum";
  double momentum = 0.9;       ///< of the optimizers that have one
  double weight_decay = 0;     ///< 0: none
  bool decay_vectors = false;  ///< biases and scales decay as well
  double clip_norm = 0;        ///< 0: gradients are not clipped
  double average = 0;          ///< β of the parameters' running average; 0: none
  int64_t parts = 1;           ///< in which a batch comes, their gradients summed
  bool operator==(const OptimizerOptions&) const = default;
};
/// The optimizer with its settings. Throws Error naming the first option that cannot be.
Optimizer optimizer_of(const OptimizerOptions& options);
/// The images of one part of a batch, where it comes in parts. Throws Error if it can't.
int64_t part_size(int64_t batch, const OptimizerOptions& options);
/// Whether the optimizer of that name has a momentum.
bool has_momentum(std::string_view optimizer);

/// Everything that determines a run, but for its network and its data.
struct TrainOptions : OptimizerOptions {
  std::string net;  ///< as given: a name of the zoo or a file
  int64_t epochs = 10;
  int64_t batch = 128;
  double rate = 0.02;
  Schedule schedule;
  double warmup = 0;     ///< epochs in which the learning rate rises
  double smoothing = 0;  ///< share of the label that all classes share
  Augmentation augmentation;
  double validation = 0;   ///< share of the training images held out for evaluation; 0: the test's
  int64_t eval_every = 0;  ///< steps between evaluations, besides each epoch's end; 0: none
  int64_t patience = 0;    ///< evaluations without a better one until the run ends; 0: no end
  std::string init;        ///< a file whose parameters the run starts from; "": from the seed
  uint64_t seed = 1;
  int threads = 0;  ///< 0: one per core
  std::string backend = "native";
  std::string device = "cpu";
  int64_t replicas = 1;  ///< devices or processes that share each batch
  bool operator==(const TrainOptions&) const = default;
};

/// Labels with smoothing. Throws Error if it can't be.
Labels smoothed_labels(bool soft, double smoothing);
/// How the loss sees the labels of a run.
Labels labels_of(const TrainOptions& options);

/// The least and the largest value of an option.
struct Limits {
  int64_t low, high;
};
inline constexpr Limits epochs_limits{1, 1000000};
inline constexpr Limits batch_limits{1, 2147483647};  ///< and at most the training images
inline constexpr Limits eval_every_limits{1, 1000000000};
inline constexpr Limits patience_limits{1, 1000000000};
inline constexpr Limits parts_limits{1, 1000000};
inline constexpr Limits threads_limits{0, 1024};  ///< 0: one per core
inline constexpr Limits replicas_limits{1, 1024};

/// Throws Error naming the first option that cannot be, with what it may be. How many replicas the
/// backend can run depends on the processes, too: see check_replicas().
void check_options(const TrainOptions& options);

/// The settings with which a network of the zoo reaches its accuracy; for others sensible ones.
TrainOptions default_options(const std::string& net);

/// The options as a JSON object, and back. Reading throws Error that begins with `file`.
std::string print_options(const TrainOptions& options);
TrainOptions parse_options(const std::string& text, const std::string& file);

/// One line per option in which they differ: "--lr 0.1, but the run has --lr 0.05"; "" if none.
std::string differences(const TrainOptions& given, const TrainOptions& run);

}  // namespace pullback
