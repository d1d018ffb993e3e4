#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cli/backend_option.h"
#include "cli/commands.h"
#include "cli/data_option.h"
#include "cli/format.h"
#include "cli/network_option.h"
#include "cli/number_option.h"
#include "cli/optimizer_option.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "data/hold_out.h"
#include "run/executable.h"
#include "run/processes/processes.h"
#include "train/loop/trainer.h"
#include "train/loop/transfer.h"
#include "zoo/toml.h"

namespace pullback::cli {

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

/// The first signal asks the run to stop after its step; a second one ends the process.
void on_signal(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);
}

/// This process's part of the machine's cores, unless mpirun gave it less.
int cores_of(const Processes& processes) {
  int all = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  return std::min(hardware_threads(), std::max(1, all / processes.on_this_machine()));
}

/// The command line as given; what is absent comes from the network's defaults, or from the run
/// that is resumed.
struct Given {
  TrainOptions options;
  std::string schedule, augment, data, cache, out, resume;
  int64_t checkpoint_every = 0;
  Resize resize;
  bool resumed = false, json = false;
};

/// What to train and where.
struct Plan {
  TrainOptions options;
  Network network;
  std::string folder;
};

/// `base` with what the command line says.
TrainOptions with_given(TrainOptions base, const CLI::App& command, const Given& given,
                        Processes* processes) {
  const TrainOptions& o = given.options;
  auto take = [&](const char* name, auto& field, const auto& value) {
    if (command.count(name) > 0) field = value;
  };
  take("--epochs", base.epochs, o.epochs);
  take("--batch", base.batch, o.batch);
  take("--lr", base.rate, o.rate);
  if (!given.schedule.empty()) base.schedule = parse_schedule(given.schedule);
  take("--warmup", base.warmup, o.warmup);
  take("--smoothing", base.smoothing, o.smoothing);
  if (!given.augment.empty()) base.augmentation = parse_augmentation(given.augment);
  take("--validation", base.validation, o.validation);
  take("--eval-every", base.eval_every, o.eval_every);
  take("--patience", base.patience, o.patience);
  take("--init", base.init, o.init);
  take("--optimizer", base.optimizer, o.optimizer);
  take("--momentum", base.momentum, o.momentum);
  take("--weight-decay", base.weight_decay, o.weight_decay);
  take("--decay-vectors", base.decay_vectors, o.decay_vectors);
  take("--clip-norm", base.clip_norm, o.clip_norm);
  take("--ema", base.average, o.average);
  take("--accumulate", base.parts, o.parts);
  take("--seed", base.seed, o.seed);
  take("--threads", base.threads, o.threads);
  take("--backend", base.backend, o.backend);
  take("--device", base.device, o.device);
  take("--replicas", base.replicas, o.replicas);
  check_momentum(command, base.optimizer);
  if (processes && command.count("--replicas") == 0) base.replicas = processes->count();
  check_options(base);
  check_replicas(base.backend, base.replicas, processes ? processes->count() : 1);
  if (base.threads == 0) base.threads = processes ? cores_of(*processes) : hardware_threads();
  return base;
}

Plan resumed_plan(const CLI::App& command, const Given& given, Processes* processes) {
  const std::string& net = given.options.net;
  if (given.resume.empty() && net.empty()) {
    throw Error("say what to resume: pullback train --resume runs/mnist-mlp-1");
  }
  if (!given.out.empty()) {
    throw Error("--out '" + given.out +
                "': a run that is resumed stays in its folder; leave it "
                "out, or begin a new run without --resume");
  }
  Plan plan;
  plan.folder = given.resume.empty() ? latest_run_folder(net) : given.resume;
  plan.options = run_options(plan.folder);
  plan.network = run_network(plan.folder);
  TrainOptions asked = with_given(plan.options, command, given, processes);
  if (!net.empty()) asked.net = net;
  std::string other = differences(asked, plan.options);
  if (!other.empty()) {
    throw Error("'" + plan.folder + "' cannot be resumed with other options:" + other +
                "\n  leave them out, or begin a new run without --resume");
  }
  Resize resize = given.resize;
  const ImageShape& in = plan.network.input;
  if (resize.size == 0 && in.height == in.width) resize.size = in.height;
  if (resize.classes == 0) resize.classes = plan.network.classes;
  if (!net.empty() && print_network(load(net, resize)) != print_network(plan.network)) {
    throw Error("'" + net + "' has changed since '" + plan.folder +
                "' began; to go on with the "
                "network as it was: pullback train --resume " +
                plan.folder);
  }
  return plan;
}

Plan new_plan(const CLI::App& command, const Given& given, Processes* processes) {
  const std::string& net = given.options.net;
  if (net.empty()) throw Error("say which network to train: pullback train mnist-mlp");
  Plan plan;
  plan.network = load(net, given.resize);
  TrainOptions usual = default_options(net);
  usual.augmentation = usual_augmentation(size_of(plan.network));
  plan.options = with_given(usual, command, given, processes);
  plan.folder = given.out.empty() ? new_run_folder(net) : given.out;
  return plan;
}

/// The data as given, or that of the run that is resumed.
std::string data_of(const Plan& plan, const Given& given) {
  std::string file = plan.folder + "/data.json";
  if (!given.resumed || !given.data.empty() || !std::filesystem::exists(file)) return given.data;
  return parse_run_data(read_file(file), file).origin;
}

/// `test`: the test images where others were held out for validation; else none.
void print_result(const Plan& plan, Trainer& trainer, const Dataset& test_images, bool as_json) {
  bool validated = test_images.count > 0;
  Evaluation test = validated ? trainer.evaluate_best(test_images) : trainer.evaluate();
  if (!as_json) {
    if (trainer.stopped_early()) {
      fmt::print("stopped after {}: no better evaluation for {}\n",
                 counted(trainer.steps_done(), "step"), plan.options.patience);
    }
    fmt::print("best {} accuracy {:.4f} after {} (best.safetensors)\n",
               validated ? "validation" : "test", trainer.best_accuracy(),
               counted(trainer.best_step(), "step"));
    if (test.confusion.size() > 25) {
      fmt::print("top-5 {:.4f}\n", test.top5());
    }
    fmt::print("test accuracy {:.4f} ({}/{})\n", test.accuracy(), test.correct, test.count);
    return;
  }
  nlohmann::ordered_json result = {
      {"net", plan.network.name},         {"epochs", plan.options.epochs},
      {"seed", plan.options.seed},        {"test_accuracy", test.accuracy()},
      {"test_loss", test.loss},           {"test_top5", test.top5()},
      {"test_images", test.count},        {"best_accuracy", trainer.best_accuracy()},
      {"best_step", trainer.best_step()}, {"ms_per_step", trainer.median_ms_per_step()},
      {"seconds", trainer.seconds()},     {"run", plan.folder}};
  fmt::print("{}\n", result.dump());
}

/// Images come as they did when the weights were trained that the run starts from.
void normalize_alike(const Plan& plan, bool resumed, Splits& data) {
  const std::string &init = plan.options.init, begun = plan.folder + "/data.json";
  if (init.empty()) return;
  std::optional<Normalization> known;
  if (resumed && std::filesystem::exists(begun)) {
    known = parse_run_data(read_file(begun), begun).normalization;
  } else {
    known = normalization_of(read_checkpoint(init), init);
  }
  if (known) data.training.normalization = data.test.normalization = *known;
}

void print_head(const Plan& plan, bool resumed) {
  const TrainOptions& o = plan.options;
  std::string optimizer = o.optimizer;
  if (has_momentum(optimizer)) optimizer += fmt::format(" {}", o.momentum);
  if (o.weight_decay > 0) optimizer += fmt::format(", weight decay {}", o.weight_decay);
  if (o.clip_norm > 0) optimizer += fmt::format(", gradients clipped to {}", o.clip_norm);
  if (o.average > 0) optimizer += fmt::format(", weights averaged by {}", o.average);
  std::string on = o.backend == "native" ? "" : ", " + o.backend + " on " + o.device;
  if (o.replicas > 1) on += ", " + counted(o.replicas, "replica");
  fmt::print(stderr, "{} {} in {}: {}, batch {}, {}, learning rate {} ({}), seed {}, {}{}\n",
             resumed ? "resuming" : "training", plan.network.name, plan.folder,
             counted(o.epochs, "epoch"), o.batch, optimizer, o.rate, o.schedule.text(), o.seed,
             counted(o.threads, "thread"), on);
  std::string more;
  if (o.augmentation != Augmentation{}) more += ", augmentation " + o.augmentation.text();
  if (o.parts > 1) more += ", each batch in " + counted(o.parts, "part");
  if (o.smoothing > 0) more += fmt::format(", label smoothing {}", o.smoothing);
  if (o.warmup > 0) more += fmt::format(", warm-up of {} epochs", o.warmup);
  if (o.validation > 0) more += fmt::format(", {} of the images for validation", o.validation);
  if (o.patience > 0) more += ", patience " + counted(o.patience, "evaluation");
  if (!o.init.empty()) more += ", from " + o.init;
  if (!more.empty()) fmt::print(stderr, "  {}\n", more.substr(2));
}

/// Runs `work` in every process, and lets none go on if it failed in one: the others end without a
/// word.
template <class F>
void together(Processes* processes, F&& work) {
  std::exception_ptr failure;
  try {
    work();
  } catch (...) {
    failure = std::current_exception();
  }
  if (!processes) {
    if (failure) std::rethrow_exception(failure);
    return;
  }
  processes->wait();
  const bool first = processes->rank() == 0;
  std::array<int32_t, 2> failed{failure ? 1 : 0, failure && first ? 1 : 0};  // in all, in the first
  processes->sum(ElementType::i32, std::as_writable_bytes(std::span(failed)));
  // One mistake is often made in each of them.
  if (failure && (first || failed[1] == 0)) std::rethrow_exception(failure);
  if (failed[0] > 0) throw CLI::RuntimeError(1);
}

/// Replaces the text by that of process 0.
void take_first(Processes& processes, std::string& text) {
  size_t size = text.size();
  processes.take_first(std::as_writable_bytes(std::span(&size, 1)));
  text.resize(size);
  processes.take_first(std::as_writable_bytes(std::span(text)));
}

/// What process 0 read from the command line and the run's folder; the others need not see it.
void share(Processes& processes, Plan& plan, std::string& data) {
  bool first = processes.rank() == 0;
  std::string options = first ? print_options(plan.options) : "";
  std::string network = first ? print_network(plan.network) : "";
  for (std::string* text : {&options, &network, &plan.folder, &data}) take_first(processes, *text);
  if (first) return;
  plan.options = parse_options(options, "options");
  plan.options.threads = std::min(plan.options.threads, cores_of(processes));
  plan.network = parse_network(network, "network");
}

/// Trains to the end; true unless it was interrupted. In several processes an error of one ends
/// all.
bool run(Trainer& trainer, Processes* processes, bool shown) {
  ProgressDisplay display;
  auto show = [&](const Progress& p) {
    if (shown) display.show(p);
  };
  try {
    bool finished = trainer.run(show, interrupted);
    display.clear();
    return finished;
  } catch (const std::exception& error) {
    if (!processes) throw;
    display.clear();
    fmt::print(stderr, "pullback: {}\n", error.what());
    processes->abort(1);
  }
}

void train(const CLI::App& command, const Given& given) {
  std::shared_ptr<Processes> processes = join_processes();
  Processes* all = processes.get();
  const bool first = !all || all->rank() == 0;
  Plan plan;
  std::string origin;
  together(all, [&] {
    if (!first) return;
    plan = given.resumed ? resumed_plan(command, given, all) : new_plan(command, given, all);
    origin = data_of(plan, given);
    print_head(plan, given.resumed);
  });
  if (all) share(*all, plan, origin);
  Dataset test;
  std::optional<Trainer> trainer;
  together(all, [&] {
    // The data comes before the folder: a mistake in it should leave no folder behind.
    Splits data = load_splits(data_spec(origin, size_of(plan.network)), plan.network,
                              plan.options.threads, given.cache);
    check_data(plan.network, data.training);
    normalize_alike(plan, given.resumed, data);
    if (plan.options.validation > 0) {
      test = std::exchange(data.test, {});
      std::tie(data.training, data.test) =
          hold_out(data.training, plan.options.validation, plan.options.seed);
    }
    Batcher(data.training, plan.options.batch, 0);
    std::optional<RunFolder> folder;
    if (first) {
      folder.emplace(given.resumed ? RunFolder::resume(plan.folder)
                                   : RunFolder::begin(plan.folder));
    }
    trainer.emplace(plan.network, plan.options, std::move(folder), std::move(data.training),
                    std::move(data.test), CheckpointInterval{.steps = given.checkpoint_every},
                    processes);
  });
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  if (given.resumed && first) {
    fmt::print(stderr, "done so far: {}\n", counted(trainer->steps_done(), "step"));
  }
  bool finished = run(*trainer, all, first);
  if (first && !finished) {
    fmt::print(stderr, "stopped after {} of {}; go on with: pullback train --resume {}\n",
               trainer->steps_done(), counted(trainer->steps(), "step"), plan.folder);
  }
  together(all, [&] {
    if (first && finished) print_result(plan, *trainer, test, given.json);
  });
  if (!finished) throw CLI::RuntimeError(130);
}

/// Declares a text option.
void add_text(CLI::App& command, const char* name, std::string& value, const std::string& text,
              const char* shown) {
  command.add_option(name, value, text)->option_text(shown);
}

/// How it is trained.
void add_recipe(CLI::App& command, Given& given) {
  TrainOptions& o = given.options;
  add_whole(command, "--epochs", o.epochs, epochs_limits, "Passes over the training images")
      ->option_text("N");
  add_batch(command, o.batch);
  add_number(command, "--lr", o.rate, "Learning rate at the start")->option_text("RATE");
  add_text(command, "--schedule", given.schedule,
           "Of the learning rate: constant, cosine (falls to 0), step:EPOCHS:FACTOR, "
           "exponential:FACTOR, one-cycle:PEAK",
           "NAME [cosine]");
  add_number(command, "--warmup", o.warmup, "Epochs in which the learning rate rises to its value")
      ->option_text("EPOCHS [0]");
  add_text(command, "--augment", given.augment,
           "none, or of resized-crop:S, crop:N, flip, randaugment:N:M, jitter:J, erase:P, mixup:A, "
           "cutmix:A; crop:4,flip for small photos, resized-crop:0.35,flip for others unless given",
           "LIST");
  add_smoothing(command, o.smoothing);
  add_optimizer(command, o);
}

/// On what it is evaluated, when, and what follows.
void add_evaluations(CLI::App& command, Given& given) {
  TrainOptions& o = given.options;
  add_number(command, "--validation", o.validation,
             "Hold out this share of the training images, evaluate on it, and test the best")
      ->option_text("SHARE");
  add_whole(command, "--eval-every", o.eval_every, eval_every_limits,
            "Evaluate after every N steps as well as each epoch")
      ->option_text("N");
  add_whole(command, "--patience", o.patience, patience_limits,
            "End after N evaluations without a better one")
      ->option_text("N");
  add_text(command, "--init", o.init,
           "Start from these parameters, in safetensors, by Pullback's names or torchvision's of "
           "a ResNet; the head may be another",
           "FILE");
}

}  // namespace

void add_train(CLI::App& app) {
  auto* command = app.add_subcommand("train", "Train a network");
  auto given = std::make_shared<Given>();
  TrainOptions& o = given->options;
  command->add_option("NET", o.net, "A network of the zoo (see pullback nets), or a TOML file")
      ->option_text(" ");
  auto option = [&](const char* name, auto& value, const std::string& text, const char* shown) {
    return command->add_option(name, value, text)->option_text(shown);
  };
  add_resize(*command, given->resize);
  add_recipe(*command, *given);
  add_evaluations(*command, *given);
  add_whole(*command, "--seed", o.seed, "For the parameters' start and the images' order")
      ->option_text("N [1]");
  add_whole(*command, "--threads", o.threads, threads_limits, "0: one per core")
      ->option_text("N [0]");
  add_backend(*command, o.backend, o.device);
  add_whole(*command, "--replicas", o.replicas, replicas_limits,
            "Devices that share each batch, by --backend pjrt; as many as processes under mpirun")
      ->option_text("N [1]");
  add_data(*command, given->data);
  option("--cache", given->cache, "Keep a folder's pictures decoded in files here", "FOLDER");
  option("--out", given->out, "Where the run goes; runs/NET-1, runs/NET-2, … otherwise", "FOLDER");
  add_whole(*command, "--checkpoint-every", given->checkpoint_every, {1, 1000000000},
            "Also after every N steps, besides each epoch and each 20 s")
      ->option_text("N");
  option("--resume", given->resume, "Go on with this run, or with NET's latest", "[FOLDER]")
      ->expected(0, 1);
  command->add_flag("--json", given->json, "End with one JSON object instead of the accuracy");
  command->footer("Epochs and learning rate default to values that suit the network.");
  command->callback([command, given] {
    given->resumed = command->count("--resume") > 0;
    train(*command, *given);
  });
}

}  // namespace pullback::cli
