#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/temporary_folder.h"
#include "tests/train/loop/small_run.h"
#include "train/loop/confusion.h"
#include "train/loop/curves.h"
#include "train/loop/torchvision.h"
#include "train/loop/trainer.h"
#include "train/loop/transfer.h"

/// Augmentation, evaluations in between, early stopping, best checkpoints, fine-tuning.
namespace pullback {
namespace {

class Features : public TemporaryFolder {
 protected:
  /// Trains in the folder from where it is, at most `most` steps in this call; the steps done.
  int64_t train(const std::string& name, const TrainOptions& options, int64_t most = 1000000) {
    std::string folder = path(name);
    bool begun = std::filesystem::exists(folder + "/options.json");
    Trainer trainer(small_network(), options,
                    begun ? RunFolder::resume(folder) : RunFolder::begin(folder),
                    small_data(141, 1), small_data(50, 2));
    std::atomic<bool> stop = false;
    int64_t until = trainer.steps_done() + most;
    trainer.run([&](const Progress& p) { stop = p.step >= until; }, stop);
    return trainer.steps_done();
  }
  Checkpoint checkpoint(const std::string& name, const char* file = "checkpoint") {
    return read_checkpoint(path(name) + "/" + file + ".safetensors");
  }
};

TEST_F(Features, augmented_runs_with_evaluations_between_go_on_bit_for_bit) {
  TrainOptions options = small_options();
  options.augmentation = parse_augmentation("crop:1,jitter:0.2,erase:0.2");
  options.eval_every = 25;
  options.warmup = 0.5;
  options.schedule = parse_schedule("one-cycle");
  EXPECT_EQ(train("whole", options), 210);
  EXPECT_EQ(run_options(path("whole")), options);
  for (int64_t most : {24, 25, 26, 70}) {
    std::string name = "parts" + std::to_string(most);
    while (train(name, options, most) < 210) {
    }
    for (const char* file : {"checkpoint", "best"}) {
      Checkpoint a = checkpoint("whole", file), b = checkpoint(name, file);
      ASSERT_EQ(a.entries.size(), b.entries.size());
      for (size_t i = 0; i < a.entries.size(); ++i) {
        EXPECT_EQ(a.entries[i].tensor, b.entries[i].tensor) << file << " " << a.entries[i].name;
      }
      EXPECT_EQ(a.metadata["best.step"], b.metadata["best.step"]);
    }
  }
  TrainOptions plain = options;
  plain.augmentation = {};
  train("plain", plain);
  EXPECT_NE(checkpoint("plain").entries[0].tensor, checkpoint("whole").entries[0].tensor);
}

TEST_F(Features, averages_and_parts_go_on_bit_for_bit) {
  TrainOptions options = small_options();
  options.optimizer = "adamw";
  options.average = 0.9;
  options.parts = 2;
  EXPECT_EQ(train("whole", options), 210);
  EXPECT_EQ(run_options(path("whole")), options);
  while (train("parts", options, 33) < 210) {
  }
  Checkpoint a = checkpoint("whole"), b = checkpoint("parts");
  ASSERT_EQ(a.entries.size(), b.entries.size());
  for (size_t i = 0; i < a.entries.size(); ++i) {
    EXPECT_EQ(a.entries[i].tensor, b.entries[i].tensor) << a.entries[i].name;
  }
}

TEST_F(Features, a_batch_in_parts_makes_the_step_of_the_whole_batch) {
  TrainOptions options = small_options();
  train("whole", options, 20);
  options.parts = 2;
  train("parts", options, 20);
  Checkpoint whole = checkpoint("whole"), parts = checkpoint("parts");
  for (const Checkpoint::Entry& entry : whole.entries) {
    const Tensor& other = parts.tensor(entry.name, entry.tensor.type(), "parts");
    for (int64_t i = 0; i < other.count(); ++i) {
      ASSERT_NEAR(other.at(i), entry.tensor.at(i), 1e-5) << entry.name;
    }
  }
}

TEST_F(Features, the_average_is_evaluated) {
  TrainOptions options = small_options();
  options.average = 0.95;
  std::string folder = path("run");
  Trainer trainer(small_network(), options, RunFolder::begin(folder), small_data(141, 1),
                  small_data(50, 2));
  trainer.run([](const Progress&) {}, false);
  Evaluation evaluation = trainer.evaluate();
  Checkpoint kept = checkpoint("run");
  Evaluator evaluator(small_network(), 50, "native", {.threads = 1});
  auto loss_of = [&](const std::string& ending) {
    std::vector<Tensor> weights;
    for (const Parameter& p : evaluator.model().weights()) {
      weights.push_back(kept.tensor(p.name + ending, p.type, folder));
    }
    evaluator.set_weights(weights);
    return evaluator.evaluate(small_data(50, 2)).loss;
  };
  EXPECT_FLOAT_EQ(static_cast<float>(evaluation.loss), static_cast<float>(loss_of("$average")));
  EXPECT_NE(loss_of("$average"), loss_of(""));
}

TEST(Torchvision, names_are_found) {
  EXPECT_EQ(torchvision_name("conv_bn1.weight"), "conv1.weight");
  EXPECT_EQ(torchvision_name("conv_bn1.variance"), "bn1.running_var");
  EXPECT_EQ(torchvision_name("basic_block2.block1.conv_bn2.scale"), "layer2.0.bn2.weight");
  EXPECT_EQ(torchvision_name("basic_block2.block1.conv_bn3.weight"),
            "layer2.0.downsample.0.weight");
  EXPECT_EQ(torchvision_name("bottleneck4.block3.conv_bn3.mean"), "layer4.2.bn3.running_mean");
  EXPECT_EQ(torchvision_name("bottleneck1.block1.conv_bn4.offset"), "layer1.0.downsample.1.bias");
  EXPECT_EQ(torchvision_name("dense1.bias"), "fc.bias");
  EXPECT_EQ(torchvision_name("conv3.weight"), "");
}

TEST_F(Features, the_best_is_kept_and_patience_ends_a_run) {
  TrainOptions options = small_options();
  options.epochs = 100;
  options.patience = 3;
  int64_t steps = train("run", options);
  EXPECT_LT(steps, 7000);
  RunState best = read_state(checkpoint("run", "best"), "best");
  EXPECT_EQ(best.best_step, best.step);
  EXPECT_EQ(best.step + 3 * 70, steps);
  std::vector<LogEntry> entries = read_log(path("run") + "/log.jsonl");
  double most = 0;
  for (const LogEntry& e : entries) most = std::max(most, e.test_accuracy);
  EXPECT_EQ(best.best_accuracy, most);
  EXPECT_EQ(train("run", options), steps) << "an ended run does not go on";
}

TEST_F(Features, mixed_pictures_have_soft_labels) {
  TrainOptions options = small_options();
  options.augmentation = parse_augmentation("mixup:0.2");
  EXPECT_GT(train("run", options, 5), 0);
  std::string step = read_file(path("run") + "/step.mlir");
  EXPECT_NE(step.find("%labels: tensor<" + std::to_string(options.batch) + "x"), std::string::npos);
  EXPECT_EQ(step.find("%labels: tensor<" + std::to_string(options.batch) + "xi32>"),
            std::string::npos);
}

TEST_F(Features, fine_tuning_takes_all_but_the_head) {
  train("run", small_options(), 5);
  std::string file = path("run") + "/checkpoint.safetensors";
  Network other = small_network();
  other.classes = 3;
  std::get<Dense>(other.layers.back()).out = 3;
  Model model = build_training(other, 2);
  std::vector<Tensor> start = initial_parameters(model, 9), before = start;
  take_weights(model, file, start);
  ASSERT_EQ(model.parameters.size(), 4u);
  Checkpoint trained = read_checkpoint(file);
  for (size_t i : {0, 1}) {
    const Parameter& p = model.parameters[i];
    EXPECT_EQ(start[i], trained.tensor(p.name, p.type, file)) << p.name;
    EXPECT_NE(start[i], before[i]) << p.name;
  }
  EXPECT_EQ(start[2], before[2]);
  Network deeper = small_network();
  std::get<Conv>(deeper.layers[0]).out = 3;
  Model wide = build_training(deeper, 2);
  std::vector<Tensor> none = initial_parameters(wide, 9);
  expect_error([&] { take_weights(wide, file, none); }, "'" + file + "'", "conv1.weight");
}

TEST_F(Features, pictures_of_results_are_well_formed) {
  Evaluation e{.correct = 3, .count = 5, .confusion = {2, 1, 1, 1}};
  std::string svg = draw_confusion("a<b", e, {"cat", "dog & co"});
  for (const char* part : {"<svg ", "a&lt;b", "dog &amp; co", "accuracy 0.6000 (3 of 5)"}) {
    EXPECT_NE(svg.find(part), std::string::npos) << part;
  }
  LogEntry entry{.step = 1, .epoch = 1, .test_loss = 1, .test_accuracy = 0.5};
  std::string runs = draw_comparison({{"one", {entry}}, {"two", {}}});
  EXPECT_NE(runs.find(">one 0.5000<"), std::string::npos);
  EXPECT_EQ(runs.find("nan"), std::string::npos);
}

TEST(Evaluation, counts_the_five_likeliest) {
  Network network = small_network();
  Evaluator evaluator(network, 10, "interp", {.threads = 1});
  evaluator.set_weights(initial_weights(evaluator.model(), 1));
  Evaluation e = evaluator.evaluate(small_data(50, 2));
  EXPECT_EQ(e.among_five, 50);
  EXPECT_EQ(e.top5(), 1);
}

}  // namespace
}  // namespace pullback
