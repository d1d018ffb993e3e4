#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

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
#include "run/executable.h"
#include "train/loop/trainer.h"
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

/// The command line as given; what is absent comes from the network's defaults, or from the run
/// that is resumed.
struct Given {
  TrainOptions options;
  std::string schedule, data, out, resume;
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
TrainOptions with_given(TrainOptions base, const CLI::App& command, const Given& given) {
  const TrainOptions& o = given.options;
  auto take = [&](const char* name, auto& field, const auto& value) {
    if (command.count(name) > 0) field = value;
  };
  take("--epochs", base.epochs, o.epochs);
  take("--batch", base.batch, o.batch);
  take("--lr", base.rate, o.rate);
  if (!given.schedule.empty()) base.schedule = schedule_named(given.schedule);
  take("--optimizer", base.optimizer, o.optimizer);
  take("--momentum", base.momentum, o.momentum);
  take("--weight-decay", base.weight_decay, o.weight_decay);
  take("--decay-vectors", base.decay_vectors, o.decay_vectors);
  take("--clip-norm", base.clip_norm, o.clip_norm);
  take("--seed", base.seed, o.seed);
  take("--threads", base.threads, o.threads);
  take("--backend", base.backend, o.backend);
  take("--device", base.device, o.device);
  check_momentum(command, base.optimizer);
  check_options(base);
  if (base.threads == 0) {
    base.threads = hardware_threads();
  }
  return base;
}

Plan resumed_plan(const CLI::App& command, const Given& given) {
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
  TrainOptions asked = with_given(plan.options, command, given);
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

Plan new_plan(const CLI::App& command, const Given& given) {
  const std::string& net = given.options.net;
  if (net.empty()) throw Error("say which network to train: pullback train mnist-mlp");
  Plan plan;
  plan.network = load(net, given.resize);
  plan.options = with_given(default_options(net), command, given);
  plan.folder = given.out.empty() ? new_run_folder(net) : given.out;
  return plan;
}

/// The data as given, or that of the run that is resumed.
DataSpec data_of(const Plan& plan, const Given& given) {
  std::string asked = given.data, file = plan.folder + "/data.json";
  if (given.resumed && asked.empty() && std::filesystem::exists(file)) {
    asked = parse_run_data(read_file(file), file).origin;
  }
  return data_spec(asked, size_of(plan.network));
}

void print_result(const Plan& plan, const Trainer& trainer, const Evaluation& test, bool as_json) {
  if (!as_json) {
    fmt::print("test accuracy {:.4f} ({}/{})\n", test.accuracy(), test.correct, test.count);
    return;
  }
  nlohmann::ordered_json result = {{"net", plan.network.name},
                                   {"epochs", plan.options.epochs},
                                   {"seed", plan.options.seed},
                                   {"test_accuracy", test.accuracy()},
                                   {"test_loss", test.loss},
                                   {"test_images", test.count},
                                   {"ms_per_step", trainer.median_ms_per_step()},
                                   {"seconds", trainer.seconds()},
                                   {"run", plan.folder}};
  fmt::print("{}\n", result.dump());
}

void print_head(const Plan& plan, bool resumed) {
  const TrainOptions& o = plan.options;
  std::string optimizer = o.optimizer;
  if (has_momentum(optimizer)) optimizer += fmt::format(" {}", o.momentum);
  if (o.weight_decay > 0) optimizer += fmt::format(", weight decay {}", o.weight_decay);
  if (o.clip_norm > 0) optimizer += fmt::format(", gradients clipped to {}", o.clip_norm);
  fmt::print(stderr, "{} {} in {}: {}, batch {}, {}, learning rate {} ({}), seed {}, {}\n",
             resumed ? "resuming" : "training", plan.network.name, plan.folder,
             counted(o.epochs, "epoch"), o.batch, optimizer, o.rate, to_string(o.schedule), o.seed,
             counted(o.threads, "thread"));
}

void train(const CLI::App& command, const Given& given) {
  Plan plan = given.resumed ? resumed_plan(command, given) : new_plan(command, given);
  DataSpec spec = data_of(plan, given);
  print_head(plan, given.resumed);
  // The data comes before the folder: a mistake in it should leave no folder behind.
  Splits data = load_splits(spec, plan.network, plan.options.threads);
  check_data(plan.network, data.training);
  Batcher(data.training, plan.options.batch, 0);
  Trainer trainer(plan.network, plan.options,
                  given.resumed ? RunFolder::resume(plan.folder) : RunFolder::begin(plan.folder),
                  std::move(data.training), std::move(data.test),
                  {.steps = given.checkpoint_every});
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  ProgressDisplay display;
  if (given.resumed) fmt::print(stderr, "done so far: {}\n", counted(trainer.steps_done(), "step"));
  bool finished = trainer.run([&](const Progress& p) { display.show(p); }, interrupted);
  display.clear();
  if (!finished) {
    fmt::print(stderr, "stopped after {} of {}; go on with: pullback train --resume {}\n",
               trainer.steps_done(), counted(trainer.steps(), "step"), plan.folder);
    throw CLI::RuntimeError(130);
  }
  print_result(plan, trainer, trainer.evaluate(), given.json);
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
  add_whole(*command, "--epochs", o.epochs, epochs_limits, "Passes over the training images")
      ->option_text("N");
  add_batch(*command, o.batch);
  add_number(*command, "--lr", o.rate, "Learning rate at the start")->option_text("RATE");
  option("--schedule", given->schedule, "Of the learning rate: constant, or cosine (falls to 0)",
         "NAME [cosine]");
  add_optimizer(*command, o);
  add_whole(*command, "--seed", o.seed, "For the parameters' start and the images' order")
      ->option_text("N [1]");
  add_whole(*command, "--threads", o.threads, threads_limits, "0: one per core")
      ->option_text("N [0]");
  add_backend(*command, o.backend, o.device);
  add_data(*command, given->data);
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
