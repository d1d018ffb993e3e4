#include "train/loop/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "interp/interpreter.h"
#include "passes/lower.h"
#include "print/stablehlo.h"

namespace pullback {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t log_interval = 50;        // steps
constexpr double checkpoint_interval = 20;  // seconds

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string checkpoint_path(const std::string& folder) {
  return folder + "/checkpoint.safetensors";
}

/// The options as text, for options.json and for the checkpoint: a resumed run must have the same.
nlohmann::json to_json(const TrainOptions& o) {
  return {{"net", o.net},
          {"epochs", o.epochs},
          {"batch", o.batch},
          {"lr", o.rate},
          {"schedule", to_string(o.schedule)},
          {"optimizer", o.optimizer},
          {"seed", o.seed},
          {"threads", o.threads},
          {"backend", o.backend}};
}

/// Doubles keep every bit as hexadecimal text.
std::string exact(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%a", value);
  return buffer;
}

}  // namespace

Trainer::Trainer(const Network& network, const TrainOptions& options, Dataset training,
                 Dataset test, bool resume)
    : network_(network),
      options_(options),
      training_(std::move(training)),
      test_(std::move(test)),
      batcher_(training_, options.batch, options.seed),
      model_(build_training(network, options.batch)),
      train_step_(make_train_step(model_.graph, model_.parameters.size(),
                                  optimizer_named(options.optimizer))),
      lowered_(lower(train_step_.graph)),
      text_(print_stablehlo(lowered_)),
      executable_(compile(options.backend, text_, "step.mlir",
                          {.threads = options.threads, .kept = train_step_.kept()})),
      evaluator_(network, std::min<int64_t>(250, test_.count), options.backend, options.threads,
                 mnist_normalization) {
  make_folder(options_.folder);
  std::vector<Tensor> start = initial_parameters(model_, options_.seed);
  for (size_t i = 0; i < start.size(); ++i) executable_->set_argument(i, start[i]);
  if (resume) resume_from(checkpoint_path(options_.folder));
  write_file(options_.folder + "/step.mlir", text_);
  write_file(options_.folder + "/eval.mlir", evaluator_.text());
  write_file(options_.folder + "/options.json", to_json(options_).dump(2) + "\n");
  log_.emplace(options_.folder + "/log.jsonl", step_);
  if (!resume) save();
}

void Trainer::resume_from(const std::string& path) {
  Checkpoint checkpoint = read_checkpoint(path);
  auto number = [&](const char* key) {
    const std::string& text = checkpoint.text(key, path);
    char* end = nullptr;
    double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') {
      throw Error("'" + path + "' is not a usable checkpoint: '" + key + "' is '" + text + "'");
    }
    return value;
  };
  if (checkpoint.text("options", path) != to_json(options_).dump()) {
    throw Error("'" + path + "' belongs to a run with other options:\n  " +
                checkpoint.text("options", path) + "\nthan these:\n  " + to_json(options_).dump() +
                "\n  resume it with --resume alone, or choose another folder with --out");
  }
  for (size_t i = 0; i < train_step_.kept(); ++i) {
    const ValueInfo& info = executable_->arguments()[i];
    executable_->set_argument(i, checkpoint.tensor(info.name, info.type, path));
  }
  step_ = static_cast<int64_t>(number("step"));
  int64_t steps = options_.epochs * batcher_.steps_per_epoch();
  if (step_ < 0 || step_ > steps) {
    throw Error("'" + path + "' is at step " + std::to_string(step_) + " of a run of " +
                std::to_string(steps));
  }
  seconds_ = number("seconds");
  line_loss_ = number("line_loss");
  line_correct_ = static_cast<int64_t>(number("line_correct"));
  line_steps_ = static_cast<int64_t>(number("line_steps"));
  line_seconds_ = number("line_seconds");
  epoch_loss_ = number("epoch_loss");
  epoch_correct_ = static_cast<int64_t>(number("epoch_correct"));
}

void Trainer::save() {
  Checkpoint checkpoint;
  for (size_t i = 0; i < train_step_.kept(); ++i) {
    checkpoint.entries.push_back(
        {executable_->arguments()[i].name, executable_->argument_value(i)});
  }
  checkpoint.metadata = {{"options", to_json(options_).dump()},
                         {"net", options_.net},
                         {"step", std::to_string(step_)},
                         {"seconds", exact(seconds_)},
                         {"line_loss", exact(line_loss_)},
                         {"line_correct", std::to_string(line_correct_)},
                         {"line_steps", std::to_string(line_steps_)},
                         {"line_seconds", exact(line_seconds_)},
                         {"epoch_loss", exact(epoch_loss_)},
                         {"epoch_correct", std::to_string(epoch_correct_)}};
  write_checkpoint(checkpoint_path(options_.folder), checkpoint);
}

std::vector<Tensor> Trainer::parameters() {
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < model_.parameters.size(); ++i) {
    tensors.push_back(executable_->argument_value(i));
  }
  return tensors;
}

void Trainer::fill(int64_t step) {
  size_t batch = train_step_.batch_begin();
  fill_batch(training_, batcher_.indices(step), mnist_normalization,
             reinterpret_cast<float*>(executable_->argument(batch).data()),
             reinterpret_cast<int32_t*>(executable_->argument(batch + 1).data()));
  int64_t steps = options_.epochs * batcher_.steps_per_epoch();
  *reinterpret_cast<float*>(executable_->argument(train_step_.learning_rate()).data()) =
      rate_at(options_.schedule, options_.rate, step, steps);
}

void Trainer::take_step() {
  auto start = Clock::now();
  fill(step_);
  executable_->run();
  double loss = executable_->result(train_step_.kept()).at(0);
  if (!std::isfinite(loss)) explain_divergence();
  int64_t correct = static_cast<int64_t>(executable_->result(train_step_.kept() + 1).at(0));
  ++step_;
  ++line_steps_;
  line_loss_ += loss;
  epoch_loss_ += loss;
  line_correct_ += correct;
  epoch_correct_ += correct;
  double seconds = seconds_since(start);
  seconds_ += seconds;
  line_seconds_ += seconds;
  step_ms_.push_back(static_cast<float>(seconds * 1e3));
}

void Trainer::log_line(double test_loss, double test_accuracy) {
  if (line_steps_ == 0) return;
  double steps = static_cast<double>(line_steps_);
  double images = steps * static_cast<double>(options_.batch);
  double per_epoch = static_cast<double>(batcher_.steps_per_epoch());
  log_->append({.step = step_,
                .epoch = static_cast<double>(step_) / per_epoch,
                .loss = line_loss_ / steps,
                .accuracy = static_cast<double>(line_correct_) / images,
                .rate = rate_at(options_.schedule, options_.rate, step_ - 1,
                                options_.epochs * batcher_.steps_per_epoch()),
                .images_per_second = images / line_seconds_,
                .test_loss = test_loss,
                .test_accuracy = test_accuracy});
  line_loss_ = line_seconds_ = 0;
  line_correct_ = line_steps_ = 0;
}

Evaluation Trainer::evaluate() {
  evaluator_.set_parameters(parameters());
  return evaluator_.evaluate(test_);
}

void Trainer::end_epoch(Progress& progress) {
  Evaluation evaluation = evaluate();
  progress.epoch_done = true;
  progress.test_accuracy = evaluation.accuracy();
  log_line(evaluation.loss, evaluation.accuracy());
  epoch_loss_ = 0;
  epoch_correct_ = 0;
  write_file(options_.folder + "/curves.svg", draw_curves(options_.net, log_->entries()));
}

bool Trainer::run(const std::function<void(const Progress&)>& report,
                  const std::atomic<bool>& stop) {
  int64_t per_epoch = batcher_.steps_per_epoch();
  int64_t steps = options_.epochs * per_epoch;
  auto start = Clock::now();
  auto saved = start;
  int64_t first = step_;
  while (step_ < steps) {
    take_step();
    Progress progress;
    progress.step = step_;
    progress.steps = steps;
    progress.epoch = (step_ - 1) / per_epoch + 1;
    progress.epochs = options_.epochs;
    progress.steps_per_epoch = per_epoch;
    progress.epoch_step = (step_ - 1) % per_epoch + 1;
    progress.loss = epoch_loss_ / static_cast<double>(progress.epoch_step);
    progress.accuracy = static_cast<double>(epoch_correct_) /
                        static_cast<double>(progress.epoch_step * options_.batch);
    double rate = static_cast<double>(step_ - first) / seconds_since(start);
    progress.images_per_second = rate * static_cast<double>(options_.batch);
    progress.seconds_left = static_cast<double>(steps - step_) / rate;
    if (progress.epoch_step == per_epoch) {
      end_epoch(progress);
    } else if (step_ % log_interval == 0) {
      log_line(-1, -1);
    }
    report(progress);
    if (progress.epoch_done || stop || seconds_since(saved) > checkpoint_interval) {
      save();
      saved = Clock::now();
    }
    if (stop && step_ < steps) return false;
  }
  return true;
}

double Trainer::median_ms_per_step() const {
  if (step_ms_.empty()) return 0;
  std::vector<float> sorted = step_ms_;
  auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

void Trainer::explain_divergence() {
  // Go again from the last checkpoint to the step before this one, then look at every value.
  int64_t failed = step_;
  resume_from(checkpoint_path(options_.folder));
  for (; step_ < failed; ++step_) {
    fill(step_);
    executable_->run();
  }
  fill(failed);
  std::vector<Tensor> arguments;
  for (size_t i = 0; i < lowered_.arguments.size(); ++i) {
    arguments.push_back(executable_->argument_value(i));
  }
  std::vector<Tensor> values = evaluate_all(lowered_, arguments);
  std::string place;
  for (size_t v = 0; v < values.size() && place.empty(); ++v) {
    if (!is_float(values[v].element())) continue;
    for (int64_t k = 0; k < values[v].count(); ++k) {
      if (std::isfinite(values[v].at(k))) continue;
      std::string name = lowered_.name_of({static_cast<int32_t>(v)});
      place = "\n  the first value that is not finite is '" + name + "'";
      std::string layer = name.substr(name.starts_with("d.") ? 2 : 0);
      layer = layer.substr(0, layer.find_first_of(".$"));
      for (const LayerRecord& record : model_.layers) {
        if (record.name == layer) {
          place += " in layer '" + layer + "' (" + record.kind + ", " + record.description + ")";
        }
      }
      break;
    }
  }
  throw Error("the loss is no longer finite at step " + std::to_string(failed + 1) + " (epoch " +
              std::to_string(failed / batcher_.steps_per_epoch() + 1) + ")" + place +
              "\n  lower the learning rate, e.g. --lr " +
              nlohmann::json(options_.rate / 10).dump() + "; the last good state is in " +
              checkpoint_path(options_.folder));
}

}  // namespace pullback
