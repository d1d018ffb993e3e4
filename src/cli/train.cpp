#include <fmt/format.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "data/mnist.h"
#include "zoo/load.h"

namespace pullback::cli {

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void on_signal(int) { interrupted = true; }

/// The command line as given; what is absent comes from the network's defaults.
struct Given {
  std::string net, data, out, optimizer, schedule, backend, resume;
  bool resumed = false, json = false;
  int64_t epochs = 0, batch = 0;
  double rate = 0;
  uint64_t seed = 1;
  int threads = 0;
};

TrainOptions options_of(const CLI::App& command, const Given& given) {
  auto has = [&](const char* name) { return command.count(name) > 0; };
  if (given.resumed) {
    for (const char* name : {"--epochs", "--batch", "--lr", "--schedule", "--optimizer", "--seed",
                             "--threads", "--backend", "--out"}) {
      if (has(name)) {
        throw Error(std::string(name) +
                    " cannot change in a run that is resumed; leave it out, or "
                    "begin a new run without --resume");
      }
    }
    if (given.resume.empty() && given.net.empty()) {
      throw Error("say what to resume: pullback train --resume runs/mnist-mlp-1");
    }
    TrainOptions options =
        read_options(given.resume.empty() ? latest_run_folder(given.net) : given.resume);
    if (!given.net.empty() && given.net != options.net) {
      throw Error("'" + options.folder + "' is a run of '" + options.net + "', not of '" +
                  given.net + "'");
    }
    options.data = data_folder(given.data);
    return options;
  }
  if (given.net.empty()) throw Error("say which network to train: pullback train mnist-mlp");
  TrainOptions options = default_options(given.net);
  if (has("--epochs")) options.epochs = given.epochs;
  if (has("--batch")) options.batch = given.batch;
  if (has("--lr")) options.rate = given.rate;
  if (has("--schedule")) options.schedule = schedule_named(given.schedule);
  if (has("--optimizer")) options.optimizer = given.optimizer;
  if (has("--backend")) options.backend = given.backend;
  options.seed = given.seed;
  options.threads = given.threads;
  options.data = data_folder(given.data);
  check_options(options);
  if (options.threads == 0) {
    options.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  }
  options.folder = given.out.empty() ? new_run_folder(options.net) : given.out;
  return options;
}

void print_result(const Trainer& trainer, const Evaluation& test, bool as_json) {
  const TrainOptions& options = trainer.options();
  if (!as_json) {
    fmt::print("test accuracy {:.4f} ({}/{})\n", test.accuracy(), test.correct, test.count);
    return;
  }
  nlohmann::ordered_json result = {
      {"net", options.net},           {"epochs", options.epochs},
      {"seed", options.seed},         {"test_accuracy", test.accuracy()},
      {"test_images", test.count},    {"ms_per_step", trainer.median_ms_per_step()},
      {"seconds", trainer.seconds()}, {"folder", options.folder}};
  fmt::print("{}\n", result.dump());
}

void train(const CLI::App& command, const Given& given) {
  TrainOptions options = options_of(command, given);
  Network network = load_network(options.net);
  fmt::print(stderr, "{} {} in {}: {} epochs, batch {}, {}, learning rate {} ({}), seed {}\n",
             given.resumed ? "resuming" : "training", options.net, options.folder, options.epochs,
             options.batch, options.optimizer, options.rate, to_string(options.schedule),
             options.seed);
  Trainer trainer(network, options, load_mnist(options.data, Split::train),
                  load_mnist(options.data, Split::test), given.resumed);
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  ProgressDisplay display;
  bool finished =
      trainer.run([&](const Progress& progress) { display.show(progress); }, interrupted);
  display.clear();
  if (!finished) {
    fmt::print(stderr, "stopped after {} steps; go on with: pullback train --resume {}\n",
               trainer.steps_done(), options.folder);
    throw CLI::RuntimeError(130);
  }
  print_result(trainer, trainer.evaluate(), given.json);
}

}  // namespace

void add_train(CLI::App& app) {
  auto* command = app.add_subcommand("train", "Train a network on MNIST");
  auto given = std::make_shared<Given>();
  command->add_option("NET", given->net, "A network of the zoo (see pullback nets), or a TOML file")
      ->option_text(" ");
  command->add_option("--epochs", given->epochs, "Passes over the training images");
  command->add_option("--batch", given->batch, "Images per step");
  command->add_option("--lr", given->rate, "Learning rate at the start");
  command->add_option("--schedule", given->schedule, "constant or cosine (falls to 0)");
  command->add_option("--optimizer", given->optimizer, "sgd or momentum");
  command->add_option("--seed", given->seed, "For the parameters' start and the images' order");
  command->add_option("--threads", given->threads, "0: one per core");
  command->add_option("--backend", given->backend, "native or interp");
  command->add_option("--data", given->data, "Folder of MNIST's four files");
  command->add_option("--out", given->out,
                      "Folder of the run; runs/NET-1, runs/NET-2, … otherwise");
  command->add_option("--resume", given->resume, "Go on with this run, or with NET's latest")
      ->expected(0, 1)
      ->option_text("[FOLDER]");
  command->add_flag("--json", given->json, "End with one JSON object instead of the accuracy");
  command->callback([command, given] {
    given->resumed = command->count("--resume") > 0;
    train(*command, *given);
  });
}

}  // namespace pullback::cli
