#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/backend_option.h"
#include "cli/bench_backends.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/network_option.h"
#include "cli/number_option.h"
#include "cli/optimizer_option.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "run/native/kernels/peak.h"
#include "train/loop/options.h"
#include "train/step.h"

namespace pullback::cli {

namespace {

using Clock = std::chrono::steady_clock;

struct BenchOptions {
  std::string net, backend = "native", device = "cpu";
  Resize resize;
  OptimizerOptions optimizer{.optimizer = "sgd"};
  int64_t batch = 128, steps = 50, rounds = 3;
  int64_t replicas = 1;
  int threads = 0;
  std::string backends;  ///< several, side by side; "": one
  bool as_json = false, profile = false;
};

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// A train step with random images, ready to run.
struct Bench {
  TrainStep step;
  std::unique_ptr<Executable> executable;
  double compile_ms = 0;
  double flops = 0;  ///< of products and convolutions, forward and backward, done directly
};

Bench prepare(const BenchOptions& options) {
  Bench bench;
  auto start = Clock::now();
  Model model = build_training(load(options.net, options.resize),
                               part_size(options.batch, options.optimizer) / options.replicas);
  bench.step =
      make_train_step(model.graph, model.parameters.size(), optimizer_of(options.optimizer),
                      model.statistics.size(), options.replicas);
  std::string text = print_stablehlo(lower(bench.step.graph));
  bench.executable = compile(options.backend, text, "step.mlir",
                             {.threads = options.threads,
                              .kept = bench.step.kept(),
                              .device = options.device,
                              .replicas = static_cast<int>(options.replicas),
                              .split = bench.step.batch_begin()});
  bench.compile_ms = milliseconds_since(start);
  for (const Instr& instr : bench.step.graph.instrs) {
    bool product = std::holds_alternative<DotGeneral>(instr.op) ||
                   std::holds_alternative<Convolution>(instr.op);
    if (product) bench.flops += flops_of(bench.step.graph, instr);
  }
  bench.flops *= static_cast<double>(options.replicas);
  std::vector<Tensor> weights = initial_weights(model, 1);
  for (size_t i = 0; i < weights.size(); ++i) {
    size_t argument = i < bench.step.parameters ? i : i + bench.step.state;
    bench.executable->set_argument(argument, weights[i]);
  }
  Random random(1, "bench");
  auto classes = static_cast<uint64_t>(model.graph.type(model.logits).shape.back());
  for (size_t i = bench.step.learning_rate(); i < bench.executable->arguments().size(); ++i) {
    Tensor t(bench.executable->arguments()[i].type);
    for (int64_t k = 0; k < t.count(); ++k) {
      bool label = t.element() == ElementType::i32;
      t.set(k, i == bench.step.learning_rate()                       ? 0.01
               : i == bench.step.number() || i == bench.step.apply() ? 1
               : label ? static_cast<double>(random.below(classes))
                       : random.normal());
    }
    bench.executable->set_argument(i, t);
  }
  return bench;
}

/// Milliseconds of each step of one round.
std::vector<double> time_steps(Executable& executable, int64_t steps) {
  std::vector<double> ms;
  for (int64_t s = 0; s < steps; ++s) {
    auto start = Clock::now();
    executable.run();
    ms.push_back(milliseconds_since(start));
  }
  return ms;
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

void print_profile(Bench& bench, int64_t steps) {
  using enum Table::Align;
  Table table({{"phase"}, {"ms", right}, {"GFLOP/s", right}});
  for (const auto& phase : bench.executable->profile(static_cast<int>(steps))) {
    std::string rate = phase.flops > 0 ? fixed(phase.flops / phase.milliseconds / 1e6, 1) : "";
    table.row({phase.name, fixed(phase.milliseconds, 4), rate});
  }
  fmt::print("{}", table.text(Style::of_stdout()));
}

void check(const BenchOptions& options) {
  TrainOptions checked;
  checked.batch = options.batch;
  checked.threads = options.threads;
  checked.backend = options.backend;
  checked.device = options.device;
  checked.replicas = options.replicas;
  check_options(checked);
  check_replicas(options.backend, options.replicas);
}

void run_bench(BenchOptions& options) {
  check(options);
  if (options.threads == 0) options.threads = hardware_threads();
  Bench bench = prepare(options);
  fmt::print(stderr, "compiled {} in {:.0f} ms\n", options.net, bench.compile_ms);
  for (int warm = 0; warm < 3; ++warm) bench.executable->run();
  // The machine's peak around the rounds: it varies with what else runs.
  double peak = kernels::fma_peak_gflops(options.threads, 0.1);
  std::vector<double> ms;
  for (int64_t round = 1; round <= options.rounds; ++round) {
    std::vector<double> of_round = time_steps(*bench.executable, options.steps);
    fmt::print(stderr, "round {}: {:.3f} ms a step at least, median {:.3f}\n", round,
               *std::min_element(of_round.begin(), of_round.end()), median_of(of_round));
    ms.insert(ms.end(), of_round.begin(), of_round.end());
    peak = std::max(peak, kernels::fma_peak_gflops(options.threads, 0.1));
  }
  double least = *std::min_element(ms.begin(), ms.end()), median = median_of(ms);
  double rate = bench.flops / least / 1e6;
  std::string isa(kernels::name(kernels::active_isa()));
  if (options.as_json) {
    nlohmann::ordered_json result = {{"net", options.net},
                                     {"batch", options.batch},
                                     {"steps", options.steps},
                                     {"rounds", options.rounds},
                                     {"backend", options.backend},
                                     {"device", options.device},
                                     {"replicas", options.replicas},
                                     {"threads", options.threads},
                                     {"isa", isa},
                                     {"ms_per_step", {{"min", least}, {"median", median}}},
                                     {"gflop", bench.flops / 1e9},
                                     {"gflops", rate},
                                     {"fma_peak_gflops", peak},
                                     {"share_of_peak", rate / peak},
                                     {"compile_ms", bench.compile_ms},
                                     {"peak_memory_bytes", peak_memory()},
                                     {"device_memory_bytes", bench.executable->device_memory()}};
    fmt::print("{}\n", result.dump());
    return;
  }
  if (options.profile) print_profile(bench, options.steps);
  fmt::print("{} batch {}, {}, {} ({}): {:.3f} ms a step at least, median {:.3f}\n", options.net,
             options.batch, counted(options.threads, "thread"), options.backend, isa, least,
             median);
  fmt::print(
      "{:.3g} GFLOP a step: {:.1f} GFLOP/s, {:.0f} % of the {:.0f} GFLOP/s that fused "
      "multiply-adds reach here\n",
      bench.flops / 1e9, rate, 100 * rate / peak, peak);
  fmt::print("peak memory {}\n", bytes_text(static_cast<double>(peak_memory())));
  if (int64_t bytes = bench.executable->device_memory()) {
    fmt::print("on the device {}\n", bytes_text(static_cast<double>(bytes)));
  }
}

/// All options but those of the backend, as a command line.
std::vector<std::string> arguments_of(const BenchOptions& o) {
  std::vector<std::string> words{o.net,
                                 "--batch",
                                 std::to_string(o.batch),
                                 "--steps",
                                 std::to_string(o.steps),
                                 "--threads",
                                 std::to_string(o.threads),
                                 "--optimizer",
                                 o.optimizer.optimizer};
  auto add = [&](const char* name, double value, double usual) {
    if (value == usual) return;
    words.emplace_back(name);
    words.push_back(fmt::format("{}", value));
  };
  OptimizerOptions usual;
  add("--momentum", o.optimizer.momentum, usual.momentum);
  add("--weight-decay", o.optimizer.weight_decay, usual.weight_decay);
  add("--clip-norm", o.optimizer.clip_norm, usual.clip_norm);
  if (o.optimizer.decay_vectors) words.emplace_back("--decay-vectors");
  return words;
}

void run_backends(const BenchOptions& options) {
  if (options.profile) throw Error("--profile is for one backend: --backend, not --backends");
  check(options);
  bench_backends(
      {.backends = options.backends,
       .arguments = arguments_of(options),
       .title = fmt::format(
           "{} batch {}, {}", options.net, options.batch,
           counted(options.threads > 0 ? options.threads : hardware_threads(), "thread")),
       .rounds = options.rounds,
       .as_json = options.as_json});
}

}  // namespace

void add_bench(CLI::App& app) {
  auto* command = app.add_subcommand("bench", "Time a network's train step");
  auto options = std::make_shared<BenchOptions>();
  add_network(*command, options->net, options->resize);
  add_batch(*command, options->batch);
  constexpr Limits counts{1, 1000000};
  add_whole(*command, "--steps", options->steps, counts, "Steps of a round")->option_text("N [50]");
  add_whole(*command, "--rounds", options->rounds, counts, "Rounds that are timed")
      ->option_text("N [3]");
  add_optimizer(*command, options->optimizer);
  add_backend(*command, options->backend, options->device);
  add_whole(*command, "--replicas", options->replicas, replicas_limits,
            "Devices that share the batch, by --backend pjrt")
      ->option_text("N [1]");
  command
      ->add_option("--backends", options->backends,
                   "Several, side by side: all, or e.g. native,pjrt:cuda")
      ->option_text("NAMES")
      ->excludes("--replicas")
      ->excludes("--backend");
  add_whole(*command, "--threads", options->threads, threads_limits, "0: one per core")
      ->option_text("N [0]");
  command->add_flag("--profile", options->profile, "The time of each phase");
  command->add_flag("--json", options->as_json, "One JSON object");
  command->callback([command, options] {
    check_momentum(*command, options->optimizer.optimizer);
    if (!options->backends.empty()) return run_backends(*options);
    run_bench(*options);
  });
}

}  // namespace pullback::cli
