#include "train/loop/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "train/loop/confusion.h"
#include "train/loop/curves.h"
#include "train/loop/divergence.h"
#include "train/loop/transfer.h"
#include "zoo/toml.h"

namespace pullback {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t log_interval = 50;  // steps

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class T>
void copy_into(std::span<const T> values, std::span<std::byte> buffer) {
  PULLBACK_CHECK(buffer.size() == values.size() * sizeof(T), std::to_string(buffer.size()));
  std::memcpy(buffer.data(), values.data(), buffer.size());
}

/// Part number `part` of `parts` equal ones.
template <class T>
std::span<const T> part_of(const std::vector<T>& values, int64_t part, int64_t parts) {
  size_t size = values.size() / static_cast<size_t>(parts);
  return std::span<const T>(values).subspan(static_cast<size_t>(part) * size, size);
}

}  // namespace

Trainer::Trainer(const Network& network, const TrainOptions& options,
                 std::optional<RunFolder> folder, Dataset training, Dataset test,
                 CheckpointInterval interval, std::shared_ptr<Processes> processes)
    : network_((check_data(network, training), network)),
      options_(options),
      folder_(std::move(folder)),
      training_(std::move(training)),
      test_(std::move(test)),
      data_(run_data_of(training_, test_)),
      interval_(interval),
      steps_per_epoch_(Batcher(training_, options.batch, options.seed).steps_per_epoch()),
      model_(build_training(network, options.batch / options.parts / options.replicas,
                            labels_of(options))),
      train_step_(make_train_step(model_.graph, model_.parameters.size(), optimizer_of(options),
                                  model_.statistics.size(), options.replicas)),
      text_(print_stablehlo(lower(train_step_.graph))),
      processes_(std::move(processes)),
      executable_(compile(options.backend, text_, "step.mlir", compile_options())) {
  if (options.replicas > 1 && !model_.noise.empty()) {
    throw Error("'" + network.name + "' draws noise in each step ('" + model_.noise[0].name +
                "'); --replicas " + std::to_string(options.replicas) + " is for networks without");
  }
  if (!first()) return;
  evaluator_.emplace(network, std::min(Evaluator::suitable_batch(network), test_.count),
                     options.backend,
                     CompileOptions{.threads = options.threads, .device = options.device});
  std::vector<Tensor> start = initial_weights(model_, options_.seed);
  if (!options_.init.empty() && !folder_->has("checkpoint.safetensors")) {
    take_weights(model_, options_.init, start);
  }
  for (size_t i = 0; i < start.size(); ++i) executable_->set_argument(weight_argument(i), start[i]);
  for (size_t p = 0; train_step_.average_state && p < train_step_.parameters; ++p) {
    executable_->set_argument(*train_step_.average(p), start[p]);
  }
  begin();
}

CompileOptions Trainer::compile_options() const {
  return {.threads = options_.threads,
          .kept = train_step_.kept(),
          .device = options_.device,
          .replicas = static_cast<int>(options_.replicas),
          .split = train_step_.batch_begin(),
          .processes = processes_};
}

void Trainer::share_state() {
  if (!processes_) return;
  processes_->wait();
  for (size_t i = 0; i < train_step_.kept(); ++i) processes_->take_first(executable_->argument(i));
  static_assert(std::is_trivially_copyable_v<RunState>);
  processes_->take_first(std::as_writable_bytes(std::span(&state_, 1)));
}

bool Trainer::anywhere(bool here) {
  if (!processes_) return here;
  int32_t count = here ? 1 : 0;
  processes_->sum(ElementType::i32, std::as_writable_bytes(std::span(&count, 1)));
  return count > 0;
}

void Trainer::begin() {
  bool begun = folder_->has("options.json");
  if (begun && read_file(folder_->file("step.mlir")) != text_) {
    throw Error("'" + folder_->file("step.mlir") + "' is not the train step of '" + options_.net +
                "' as this version of Pullback derives it, so the run cannot go on bit for bit; "
                "begin a new one");
  }
  if (begun && folder_->has("data.json")) {
    std::string file = folder_->file("data.json");
    check_same_data(parse_run_data(read_file(file), file), data_, folder_->path());
  }
  if (begun && folder_->has("checkpoint.safetensors")) restore(folder_->checkpoint());
  if (!begun) {
    // options.json is the last: what has it has all that a run is resumed with.
    write_file(folder_->file("step.mlir"), text_);
    write_file(folder_->file("eval.mlir"), evaluator_->text());
    write_file(folder_->file("network.toml"), print_network(network_));
    write_file(folder_->file("data.json"), print_run_data(data_));
    write_file(folder_->file("options.json"), print_options(options_));
  }
  log_.emplace(folder_->file("log.jsonl"), state_.step);
  events_.emplace(folder_->file("events.out.tfevents.0"), state_.step);
  if (!begun) save();
}

void Trainer::restore(const std::string& path) {
  Checkpoint checkpoint = read_checkpoint(path);
  std::string other = differences(options_, parse_options(checkpoint.text("options", path), path));
  if (!other.empty()) throw Error("'" + path + "' belongs to another run:" + other);
  RunState state = read_state(checkpoint, path);
  if (state.step > steps()) {
    throw Error("'" + path + "' is at step " + std::to_string(state.step) + " of a run of " +
                std::to_string(steps()) + "; is the data another, or was the file changed?");
  }
  for (size_t i = 0; i < train_step_.kept(); ++i) {
    const ValueInfo& info = executable_->arguments()[i];
    executable_->set_argument(i, checkpoint.tensor(info.name, info.type, path));
  }
  state_ = state;
}

Checkpoint Trainer::snapshot() {
  Checkpoint checkpoint;
  for (size_t i = 0; i < train_step_.kept(); ++i) {
    checkpoint.entries.push_back({executable_->arguments()[i].name, kept(i)});
  }
  checkpoint.metadata = {{"options", print_options(options_)},
                         {"network", print_network(network_)},
                         {"data", print_run_data(data_)}};
  add_state(state_, checkpoint.metadata);
  return checkpoint;
}

void Trainer::save() {
  if (!first()) return;
  require_finite();
  log_->sync();
  write_checkpoint(folder_->checkpoint(), snapshot());
}

float Trainer::rate_of(int64_t step) const {
  return rate_at(options_.schedule, options_.rate, options_.warmup,
                 {step, steps(), steps_per_epoch_});
}

BatchLoader::Options Trainer::loader_options(int threads) const {
  BatchLoader::Options options{options_.batch, options_.seed, options_.augmentation, threads};
  if (processes_) {
    options.share = processes_->rank();
    options.shares = processes_->count();
  }
  return options;
}

/// Labels, or the probabilities of a loss that takes them.
void Trainer::set_labels(const BatchLoader::Batch& batch, int64_t part) {
  std::span<std::byte> labels = executable_->argument(train_step_.batch_begin() + 1);
  if (!batch.probabilities.empty()) {
    return copy_into(part_of(batch.probabilities, part, options_.parts), labels);
  }
  copy_into(part_of(batch.labels, part, options_.parts), labels);
}

size_t Trainer::weight_argument(size_t weight) const {
  return weight < train_step_.parameters ? weight : weight + train_step_.state;
}

void Trainer::fill(const BatchLoader::Batch& batch, int64_t step, int64_t part) {
  size_t first = train_step_.batch_begin();
  copy_into(part_of(batch.images, part, options_.parts), executable_->argument(first));
  set_labels(batch, part);
  for (size_t k = 0; k < model_.noise.size(); ++k) {
    executable_->set_argument(first + 2 + k,
                              draw(model_.noise[k], options_.seed, step * options_.parts + part));
  }
  auto scalar = [&](size_t argument, float value) {
    copy_into(std::span<const float>(&value, 1), executable_->argument(argument));
  };
  scalar(train_step_.learning_rate(), rate_of(step));
  if (auto number = train_step_.number()) scalar(*number, static_cast<float>(step + 1));
  if (auto apply = train_step_.apply()) scalar(*apply, part + 1 == options_.parts ? 1 : 0);
}

void Trainer::take_step(BatchLoader& loader) {
  auto start = Clock::now();
  const BatchLoader::Batch& batch = loader.next();
  double loss = 0;
  int64_t correct = 0;
  for (int64_t part = 0; part < options_.parts; ++part) {
    fill(batch, state_.step, part);
    executable_->run();
    loss += executable_->result(train_step_.kept()).at(0);
    correct += static_cast<int64_t>(executable_->result(train_step_.kept() + 1).at(0));
  }
  loss /= static_cast<double>(options_.parts);
  if (!std::isfinite(loss)) explain_divergence(state_.step);
  double seconds = seconds_since(start);
  ++state_.step;
  state_.seconds += seconds;
  state_.line.add(loss, correct, seconds);
  state_.epoch.add(loss, correct, seconds);
  step_ms_.push_back(static_cast<float>(seconds * 1e3));
}

void Trainer::log_line(const Evaluation* test) {
  const Sums& line = state_.line;
  if (line.steps == 0 || !first()) return;
  LogEntry entry{
      .step = state_.step,
      .epoch = static_cast<double>(state_.step) / static_cast<double>(steps_per_epoch_),
      .loss = line.mean_loss(),
      .accuracy = line.accuracy(options_.batch),
      .rate = rate_of(state_.step - 1),
      .images_per_second = static_cast<double>(line.steps * options_.batch) / line.seconds};
  if (test != nullptr) {
    entry.test_loss = test->loss;
    entry.test_accuracy = test->accuracy();
  }
  log_->append(entry);
  events_->append(entry);
  state_.line = {};
}

Evaluation Trainer::evaluate() {
  std::vector<Tensor> weights;
  for (size_t i = 0; i < model_.x(); ++i) {
    bool averaged = train_step_.average_state && i < train_step_.parameters;
    weights.push_back(kept(averaged ? *train_step_.average(i) : weight_argument(i)));
  }
  evaluator_->set_weights(weights);
  Evaluation evaluation = evaluator_->evaluate(test_);
  write_file(folder_->file("confusion.svg"),
             draw_confusion(options_.net, evaluation, test_.class_names));
  return evaluation;
}

Evaluation Trainer::evaluate_best(const Dataset& data) {
  std::string file = folder_->has("best.safetensors") ? folder_->best() : folder_->checkpoint();
  Checkpoint checkpoint = read_checkpoint(file);
  std::vector<Tensor> weights;
  for (const Parameter& p : model_.weights()) {
    weights.push_back(trained_weight(checkpoint, p, file));
  }
  evaluator_->set_weights(weights);
  return evaluator_->evaluate(data);
}

void Trainer::evaluate_in_run(Progress& progress) {
  if (!first()) return share_state();
  require_finite();
  Evaluation evaluation = evaluate();
  progress.test_accuracy = evaluation.accuracy();
  progress.evaluated = options_.validation > 0 ? "validation" : "test";
  log_line(&evaluation);
  ++state_.since_best;
  if (state_.best_step == 0 || evaluation.accuracy() > state_.best_accuracy) {
    state_.best_accuracy = evaluation.accuracy();
    state_.best_step = state_.step;
    state_.since_best = 0;
    write_checkpoint(folder_->best(), snapshot());
  }
  write_file(folder_->file("curves.svg"), draw_curves(options_.net, log_->entries()));
  share_state();
}

Progress Trainer::progress() const {
  return {.step = state_.step,
          .steps = steps(),
          .epoch = (state_.step - 1) / steps_per_epoch_ + 1,
          .epochs = options_.epochs,
          .epoch_step = (state_.step - 1) % steps_per_epoch_ + 1,
          .steps_per_epoch = steps_per_epoch_,
          .loss = state_.epoch.mean_loss(),
          .accuracy = state_.epoch.accuracy(options_.batch)};
}

void Trainer::report_rate(Progress& progress, const RunState& before, double seconds) const {
  auto done = static_cast<double>(state_.step - before.step);
  progress.images_per_second =
      done * static_cast<double>(options_.batch) / (state_.seconds - before.seconds);
  progress.seconds_left = static_cast<double>(steps() - state_.step) * seconds / done;
}

bool Trainer::run(const std::function<void(const Progress&)>& report,
                  const std::atomic<bool>& stop) {
  share_state();
  BatchLoader loader(
      training_, loader_options(BatchLoader::suitable_threads(training_, options_.augmentation)),
      state_.step, steps());
  const auto start = Clock::now();
  const RunState before = state_;
  auto saved = start;
  while (state_.step < steps() && !stopped_early()) {
    take_step(loader);
    Progress now = progress();
    report_rate(now, before, seconds_since(start));
    now.epoch_done = now.epoch_step == steps_per_epoch_;
    bool due = options_.eval_every > 0 && state_.step % options_.eval_every == 0;
    if (now.epoch_done || due) {
      evaluate_in_run(now);
    } else if (now.epoch_step % log_interval == 0) {
      log_line(nullptr);
    }
    if (now.epoch_done) state_.epoch = {};
    report(now);
    const bool stopping = anywhere(stop);
    if (now.epoch_done || due || stopping || seconds_since(saved) > interval_.seconds ||
        (interval_.steps > 0 && state_.step % interval_.steps == 0)) {
      save();
      saved = Clock::now();
    }
    if (stopping && state_.step < steps() && !stopped_early()) return false;
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

void Trainer::require_finite() {
  for (size_t i = 0; i < train_step_.kept(); ++i) {
    if (!all_finite(kept(i))) explain_divergence(state_.step - 1);
  }
}

/// Goes again from the last checkpoint, up to step `last` (from 0), to the first step that goes
/// wrong, and follows its values.
void Trainer::explain_divergence(int64_t last) {
  // The same step on one device, whose values can be followed.
  Model whole = build_training(network_, options_.batch / options_.parts, labels_of(options_));
  Graph graph = lower(make_train_step(whole.graph, whole.parameters.size(), optimizer_of(options_),
                                      whole.statistics.size())
                          .graph);
  if (processes_) {
    // Process 0 goes alone, with whole batches, and ends the others.
    if (!first()) processes_->wait();
    processes_ = nullptr;
    executable_ = compile(options_.backend, print_stablehlo(graph), "step.mlir",
                          {.threads = options_.threads, .kept = train_step_.kept()});
  }
  restore(folder_->checkpoint());
  const int64_t saved = state_.step;
  BatchLoader loader(training_, loader_options(1), saved, last + 1);
  int64_t step = saved;
  std::vector<Tensor> arguments(graph.arguments.size());
  for (bool finite = true; finite && step <= last; ++step) {
    const BatchLoader::Batch& batch = loader.next();
    for (int64_t part = 0; finite && part < options_.parts; ++part) {
      fill(batch, step, part);
      for (size_t i = 0; i < arguments.size(); ++i) arguments[i] = executable_->argument_value(i);
      executable_->run();
      finite = all_finite(executable_->result(train_step_.kept()));
      for (size_t i = 0; i < train_step_.kept(); ++i) finite = finite && all_finite(kept(i));
    }
  }
  std::string place;
  if (auto first = first_non_finite(graph, arguments)) {
    place = "\n  first: " + describe(*first, graph, whole);
  }
  throw Error("the training diverged: at step " + std::to_string(step) + " of " +
              std::to_string(steps()) + " (epoch " +
              std::to_string((step - 1) / steps_per_epoch_ + 1) + ") values are no longer finite" +
              place + "\n  begin again with a lower learning " + "rate, e.g. --lr " +
              Decimal::of(options_.rate / 10).text() + "; the state after step " +
              std::to_string(saved) + " is in " + folder_->checkpoint());
}

}  // namespace pullback
