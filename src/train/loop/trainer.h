#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "train/loop/checkpoint.h"
#include "train/loop/evaluator.h"
#include "train/loop/log.h"
#include "train/loop/options.h"
#include "train/step.h"

namespace pullback {

/// The progress of a run after a step.
struct Progress {
  int64_t step = 0, steps = 0;    ///< done, and of the whole run
  int64_t epoch = 0, epochs = 0;  ///< the epoch under way, from 1
  int64_t epoch_step = 0, steps_per_epoch = 0;
  double loss = 0, accuracy = 0;  ///< means over the epoch so far
  double images_per_second = 0;   ///< since this process began
  double seconds_left = 0;
  bool epoch_done = false;
  double test_accuracy = -1;  ///< at the end of an epoch
};

/// One training run in a folder:
///   options.json      what determines the run
///   step.mlir         the train step that is executed, eval.mlir the evaluation
///   log.jsonl         loss and accuracy
///   curves.svg        the same as a picture
///   checkpoint.safetensors   everything needed to go on, written atomically
class Trainer {
 public:
  /// Starts a run, or goes on with the one in options.folder if `resume`; then the run's own
  /// options hold. Throws Error for anything that cannot be.
  Trainer(const Network& network, const TrainOptions& options, Dataset training, Dataset test,
          bool resume);

  const TrainOptions& options() const { return options_; }
  int64_t steps_done() const { return step_; }

  /// Trains to the end, or until `stop` becomes true: then the present state is saved and false is
  /// returned. Throws Error if the loss stops being finite.
  bool run(const std::function<void(const Progress&)>& report, const std::atomic<bool>& stop);

  /// The whole test set with the present parameters.
  Evaluation evaluate();
  double median_ms_per_step() const;
  double seconds() const { return seconds_; }

 private:
  void resume_from(const std::string& path);
  void save();
  /// Writes the batch and the learning rate of that step into the executable's arguments.
  void fill(int64_t step);
  void take_step();
  void end_epoch(Progress& progress);
  void log_line(double test_loss, double test_accuracy);
  std::vector<Tensor> parameters();
  [[noreturn]] void explain_divergence();

  Network network_;
  TrainOptions options_;
  Dataset training_, test_;
  Batcher batcher_;
  Model model_;
  TrainStep train_step_;
  Graph lowered_;
  std::string text_;
  std::unique_ptr<Executable> executable_;
  Evaluator evaluator_;
  std::optional<RunLog> log_;

  int64_t step_ = 0;
  double seconds_ = 0;
  // Sums since the last line of the log, and since the epoch began.
  double line_loss_ = 0, epoch_loss_ = 0;
  int64_t line_correct_ = 0, epoch_correct_ = 0, line_steps_ = 0;
  double line_seconds_ = 0;
  std::vector<float> step_ms_;
};

}  // namespace pullback
