#include "train/loop/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/file.h"
#include "tests/temporary_folder.h"
#include "tests/train/loop/small_run.h"
#include "train/loop/checkpoint.h"

namespace pullback {
namespace {

class Training : public TemporaryFolder {
 protected:
  RunFolder open(const std::string& name) {
    std::string folder = path(name);
    return std::filesystem::exists(folder + "/options.json") ? RunFolder::resume(folder)
                                                             : RunFolder::begin(folder);
  }

  /// Trains in the folder from where it is, at most `most` steps in this call; whether it finished.
  bool train(const std::string& name, const TrainOptions& options, int64_t most = 1000000,
             CheckpointInterval interval = {}) {
    Trainer trainer(network_, options, open(name), small_data(141, 1), small_data(50, 2), interval);
    std::atomic<bool> stop = false;
    int64_t until = trainer.steps_done() + most;
    return trainer.run([&](const Progress& p) { stop = p.step >= until; }, stop);
  }

  Network network_ = small_network();

  Checkpoint checkpoint(const std::string& name) {
    return read_checkpoint(path(name) + "/checkpoint.safetensors");
  }

  /// The log without what is measured.
  std::string log(const std::string& name) {
    RunLog log(path(name) + "/log.jsonl", 1000000);
    std::string text;
    for (const LogEntry& e : log.entries()) {
      for (double v : {static_cast<double>(e.step), e.epoch, e.loss, e.accuracy, e.rate,
                       e.test_loss, e.test_accuracy}) {
        text += std::to_string(v) + " ";
      }
      text += "\n";
    }
    return text;
  }

  void expect_same_end(const std::string& a, const std::string& b) {
    Checkpoint x = checkpoint(a), y = checkpoint(b);
    ASSERT_EQ(x.entries.size(), y.entries.size());
    for (size_t i = 0; i < x.entries.size(); ++i) {
      EXPECT_EQ(x.entries[i].name, y.entries[i].name);
      EXPECT_EQ(x.entries[i].tensor, y.entries[i].tensor) << x.entries[i].name;
    }
    EXPECT_EQ(x.metadata["step"], y.metadata["step"]);
    EXPECT_EQ(log(a), log(b));
  }
};

TEST_F(Training, learns_and_leaves_a_whole_folder) {
  ASSERT_TRUE(train("run", small_options()));
  for (const char* name :
       {"options.json", "network.toml", "step.mlir", "eval.mlir", "curves.svg"}) {
    EXPECT_FALSE(read_file(path("run") + "/" + name).empty()) << name;
  }
  EXPECT_EQ(run_options(path("run")), small_options());
  RunLog log(path("run") + "/log.jsonl", 210);
  std::vector<int64_t> steps;
  for (const LogEntry& e : log.entries()) steps.push_back(e.step);
  EXPECT_EQ(steps, (std::vector<int64_t>{50, 70, 120, 140, 190, 210}));
  EXPECT_LT(log.entries()[0].test_accuracy, 0);
  EXPECT_GT(log.entries()[5].test_accuracy, 0.9);
}

TEST_F(Training, goes_on_bit_for_bit_from_any_step) {
  ASSERT_TRUE(train("whole", small_options()));
  for (int64_t most : {1, 49, 50, 69, 70, 71, 140, 209}) {
    std::string name = "parts" + std::to_string(most);
    int calls = 0;
    while (!train(name, small_options(), most)) ++calls;
    EXPECT_EQ(calls, 209 / most);
    expect_same_end("whole", name);
  }
}

TEST_F(Training, goes_on_bit_for_bit_with_every_optimizer) {
  for (const std::string& optimizer : optimizer_names()) {
    SCOPED_TRACE(optimizer);
    TrainOptions options = small_options();
    options.epochs = 1;
    options.rate = 0.003;
    options.optimizer = optimizer;
    options.weight_decay = 0.01;
    options.clip_norm = 1;
    ASSERT_TRUE(train(optimizer, options));
    EXPECT_EQ(run_options(path(optimizer)), options);
    ASSERT_FALSE(train(optimizer + "-parts", options, 33));
    ASSERT_TRUE(train(optimizer + "-parts", options));
    expect_same_end(optimizer, optimizer + "-parts");
  }
}

TEST_F(Training, keeps_statistics_and_draws_the_same_noise_when_it_goes_on) {
  network_.layers.insert(network_.layers.end() - 1, {BatchNorm{}, Dropout{.rate = {25, -2}}});
  TrainOptions options = small_options();
  options.epochs = 1;
  options.optimizer = "momentum";
  ASSERT_TRUE(train("whole", options));
  ASSERT_FALSE(train("parts", options, 33));
  ASSERT_TRUE(train("parts", options));
  expect_same_end("whole", "parts");
  Checkpoint end = checkpoint("whole");
  auto variance = std::find_if(end.entries.begin(), end.entries.end(), [](const auto& entry) {
    return entry.name == "batch_norm1.variance";
  });
  ASSERT_NE(variance, end.entries.end());
  EXPECT_NE(variance->tensor.at(0), 1);
  // The evaluation takes the running statistics: with the initial ones it is another.
  Trainer trainer(network_, options, open("whole"), small_data(141, 1), small_data(50, 2));
  double loss = trainer.evaluate().loss;
  Evaluator evaluator(network_, 50, options.backend, {});
  std::vector<Tensor> weights;
  for (const Parameter& p : evaluator.model().weights()) {
    weights.push_back(end.tensor(p.name, p.type, "whole"));
  }
  evaluator.set_weights(weights);
  EXPECT_NEAR(evaluator.evaluate(small_data(50, 2)).loss, loss, 1e-5);
  weights.back() = Tensor(weights.back().type());
  evaluator.set_weights(weights);
  EXPECT_GT(std::abs(evaluator.evaluate(small_data(50, 2)).loss - loss), 1e-3);
}

TEST_F(Training, does_not_depend_on_when_it_is_saved) {
  ASSERT_TRUE(train("seldom", small_options()));
  ASSERT_TRUE(train("often", small_options(), 1000000, {.steps = 3}));
  expect_same_end("seldom", "often");
}

TEST_F(Training, redoes_what_came_after_the_checkpoint) {
  ASSERT_TRUE(train("whole", small_options()));
  ASSERT_FALSE(train("crashed", small_options(), 60));
  std::string saved = read_file(path("crashed") + "/checkpoint.safetensors");
  ASSERT_FALSE(train("crashed", small_options(), 90));
  write_file(path("crashed") + "/checkpoint.safetensors", saved);
  std::string log_file = path("crashed") + "/log.jsonl";
  write_file(log_file, read_file(log_file) + "{\"step\": 151, \"lo");
  ASSERT_TRUE(train("crashed", small_options()));
  expect_same_end("whole", "crashed");
}

TEST_F(Training, begins_anew_where_no_checkpoint_was_written_yet) {
  ASSERT_TRUE(train("whole", small_options()));
  ASSERT_FALSE(train("early", small_options(), 1));
  std::filesystem::remove(path("early") + "/checkpoint.safetensors");
  ASSERT_TRUE(train("early", small_options()));
  expect_same_end("whole", "early");
}

TEST_F(Training, of_a_finished_run_is_done_at_once) {
  ASSERT_TRUE(train("run", small_options()));
  std::string before = log("run");
  ASSERT_TRUE(train("run", small_options()));
  EXPECT_EQ(log("run"), before);
}

TEST_F(Training, divergence_names_the_layer_and_keeps_the_checkpoint) {
  TrainOptions options = small_options();
  options.rate = 1e30;
  options.schedule = parse_schedule("constant");
  expect_error([&] { train("run", options); }, "the training diverged: at step ", "(epoch 1)",
               "first: '", " in layer '", "lower learning rate, e.g. --lr 1", "the state after");
  for (const auto& entry : checkpoint("run").entries) {
    for (float v : entry.tensor.values<float>()) EXPECT_TRUE(std::isfinite(v)) << entry.name;
  }
}

TEST_F(Training, divergence_is_found_in_the_update_too) {
  TrainOptions options = small_options();
  options.rate = 3e38;
  options.momentum = 0;
  expect_error([&] { train("run", options, 1000000, {.steps = 1}); }, "the training diverged",
               "first: '");
}

TEST_F(Training, rejects_another_runs_checkpoint) {
  ASSERT_FALSE(train("a", small_options(), 5));
  TrainOptions other = small_options();
  other.seed = 2;
  ASSERT_FALSE(train("b", other, 5));
  write_file(path("a") + "/checkpoint.safetensors",
             read_file(path("b") + "/checkpoint.safetensors"));
  expect_error([&] { train("a", small_options()); }, "belongs to another run",
               "--seed 1, but the run has --seed 2");
}

TEST_F(Training, rejects_another_train_step) {
  ASSERT_FALSE(train("run", small_options(), 5));
  write_file(path("run") + "/step.mlir", "module {}");
  expect_error([&] { train("run", small_options()); }, "step.mlir' is not the train step of");
}

TEST_F(Training, rejects_a_state_that_cannot_be) {
  ASSERT_FALSE(train("run", small_options(), 5));
  std::string file = path("run") + "/checkpoint.safetensors";
  for (const auto& [key, value, message] :
       {std::tuple{"step", "1e9", "its 'step' is '1e9'"},
        std::tuple{"step", "-4", "its 'step' is '-4'"},
        std::tuple{"step", "4000", "is at step 4000 of a run of 210"},
        std::tuple{"line.loss", "nan", "its 'line.loss' is 'nan'"},
        std::tuple{"options", "{}", "does not hold the options of a run"}}) {
    Checkpoint changed = checkpoint("run");
    std::string before = read_file(file);
    changed.metadata[key] = value;
    write_checkpoint(file, changed);
    expect_error([&] { train("run", small_options()); }, message);
    write_file(file, before);
  }
}

TEST_F(Training, has_the_folder_for_itself) {
  RunFolder first = RunFolder::begin(path("run"));
  expect_error([&] { RunFolder::begin(path("run")); }, "is in use");
}

TEST_F(Training, does_not_overwrite_a_run) {
  ASSERT_FALSE(train("run", small_options(), 5));
  expect_error([&] { RunFolder::begin(path("run")); }, "has a run already", "--resume");
  expect_error([&] { RunFolder::resume(path("none")); }, "there is no folder");
  std::filesystem::create_directory(path("empty"));
  expect_error([&] { RunFolder::resume(path("empty")); }, "has no options.json");
}

TEST_F(Training, rejects_data_that_does_not_fit_the_network) {
  Dataset data = small_data(9, 1);
  data.classes = 3;
  expect_error([&] { check_data(small_network(), data); }, "has 2 classes, but the data has 3");
  Network wide = small_network();
  wide.input.width = 7;
  expect_error([&] { check_data(wide, small_data(9, 1)); }, "takes images of 6×7×1",
               "the data has 6×6×1");
}

}  // namespace
}  // namespace pullback
