#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "train/loop/checkpoint.h"
#include "train/loop/evaluator.h"
#include "train/loop/events.h"
#include "train/loop/loader.h"
#include "train/loop/log.h"
#include "train/loop/options.h"
#include "train/loop/run_data.h"
#include "train/loop/run_folder.h"
#include "train/loop/state.h"
#include "train/step.h"

namespace pullback {

/// The progress of a run after a step.
struct Progress {
  int64_t step = 0, steps = 0;    ///< done, and of the whole run
  int64_t epoch = 0, epochs = 0;  ///< the epoch under way, from 1
  int64_t epoch_step = 0, steps_per_epoch = 0;
  double loss = 0, accuracy = 0;  ///< means over the epoch so far
  double images_per_second = 0;   ///< while training, since this process began
  double seconds_left = 0;        ///< to the end of the run
  bool epoch_done = false;
  double test_accuracy = -1;       ///< where there was an evaluation
  const char* evaluated = "test";  ///< on which images: "test" or "validation"
};

/// When checkpoints are written besides the end of each epoch; does not change what is computed.
struct CheckpointInterval {
  int64_t steps = 0;  ///< 0: by time alone
  double seconds = 20;
};

/// One training run. For the same options, network and data, steps, log and final parameters are
/// the same bits, however often the run was interrupted, by whatever means.
class Trainer {
 public:
  /// Starts a run in the folder, or goes on with it if it has been begun. Throws Error for anything
  /// that cannot be. Of several processes each makes a trainer, of the same options and data, and
  /// computes its share of each batch; process 0 alone has the folder, and does what is not a step.
  Trainer(const Network& network, const TrainOptions& options, std::optional<RunFolder> folder,
          Dataset training, Dataset test, CheckpointInterval interval = {},
          std::shared_ptr<Processes> processes = nullptr);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  int64_t steps() const { return options_.epochs * steps_per_epoch_; }
  int64_t steps_done() const { return state_.step; }

  /// Trains to the end, or until there was no better evaluation for `patience` of them, or until
  /// `stop` becomes true: then the present state is saved and false is returned. Throws Error if
  /// the loss or a parameter stops being finite; then the last checkpoint stands. Process 0
  /// reports; it stops all if it throws (Processes::abort), and all stop after the same step.
  bool run(const std::function<void(const Progress&)>& report, const std::atomic<bool>& stop);

  /// The images of the constructor's `test`, which may be held out for validation, with the present
  /// parameters, or their running average if there is one; drawn in confusion.svg.
  Evaluation evaluate();
  /// Others, with the parameters of the best evaluation so far, or with the present ones if there
  /// was none.
  Evaluation evaluate_best(const Dataset& data);
  /// The best evaluation so far; step 0 if there was none.
  int64_t best_step() const { return state_.best_step; }
  double best_accuracy() const { return state_.best_accuracy; }
  /// Whether it ended, or would end, for want of a better evaluation.
  bool stopped_early() const {
    return options_.patience > 0 && state_.since_best >= options_.patience;
  }
  /// Of the steps of this process; 0 if there were none.
  double median_ms_per_step() const;
  /// Spent in steps, by all processes of the run.
  double seconds() const { return state_.seconds; }

 private:
  CompileOptions compile_options() const;
  bool first() const { return !processes_ || processes_->rank() == 0; }
  /// Takes the present state from process 0.
  void share_state();
  /// Whether it is true in some process.
  bool anywhere(bool here);
  void begin();
  void restore(const std::string& path);
  void save();
  Tensor kept(size_t index) { return executable_->argument_value(index); }
  /// The step's argument that is weight number i of model_.weights().
  size_t weight_argument(size_t weight) const;
  /// The arguments of the step's execution on that part of the batch, from 0.
  void fill(const BatchLoader::Batch& batch, int64_t step, int64_t part);
  void take_step(BatchLoader& loader);
  void log_line(const Evaluation* test);
  void evaluate_in_run(Progress& progress);
  void report_rate(Progress& progress, const RunState& before, double seconds) const;
  Checkpoint snapshot();
  void set_labels(const BatchLoader::Batch& batch, int64_t part);
  BatchLoader::Options loader_options(int threads) const;
  float rate_of(int64_t step) const;
  Progress progress() const;
  void require_finite();
  [[noreturn]] void explain_divergence(int64_t last);

  const Network network_;
  const TrainOptions options_;
  const std::optional<RunFolder> folder_;  ///< of process 0
  const Dataset training_, test_;
  const RunData data_;
  const CheckpointInterval interval_;
  const int64_t steps_per_epoch_;
  Model model_;
  TrainStep train_step_;
  std::string text_;
  std::shared_ptr<Processes> processes_;
  std::unique_ptr<Executable> executable_;
  std::optional<Evaluator> evaluator_;  ///< of process 0
  std::optional<RunLog> log_;
  std::optional<EventFile> events_;
  RunState state_;
  std::vector<float> step_ms_;
};

}  // namespace pullback
