#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/network_option.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "run/native/kernels/peak.h"
#include "train/step.h"
#include "zoo/load.h"

namespace pullback::cli {

namespace {

using Clock = std::chrono::steady_clock;

struct BenchOptions {
  std::string net, optimizer = "sgd", backend = "native";
  int64_t batch = 128, steps = 50;
  int threads = 0;
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
  Model model = build_training(load_network(options.net), options.batch);
  bench.step =
      make_train_step(model.graph, model.parameters.size(), optimizer_named(options.optimizer));
  std::string text = print_stablehlo(lower(bench.step.graph));
  bench.executable = compile(options.backend, text, "step.mlir",
                             {.threads = options.threads, .kept = bench.step.kept()});
  bench.compile_ms = milliseconds_since(start);
  for (const Instr& instr : bench.step.graph.instrs) {
    bool product = std::holds_alternative<DotGeneral>(instr.op) ||
                   std::holds_alternative<Convolution>(instr.op);
    if (product) bench.flops += flops_of(bench.step.graph, instr);
  }
  std::vector<Tensor> parameters = initial_parameters(model, 1);
  for (size_t i = 0; i < parameters.size(); ++i) {
    bench.executable->set_argument(i, parameters[i]);
  }
  Random random(1, "bench");
  for (size_t i = bench.step.learning_rate(); i < bench.executable->arguments().size(); ++i) {
    Tensor t(bench.executable->arguments()[i].type);
    for (int64_t k = 0; k < t.count(); ++k) {
      bool label = t.element() == ElementType::i32;
      t.set(k, i == bench.step.learning_rate() ? 0.01
               : label                         ? static_cast<double>(random.below(10))
                                               : random.normal());
    }
    bench.executable->set_argument(i, t);
  }
  return bench;
}

std::vector<double> time_steps(Bench& bench, int64_t steps) {
  for (int warm = 0; warm < 3; ++warm) bench.executable->run();
  std::vector<double> ms;
  for (int64_t s = 0; s < steps; ++s) {
    auto start = Clock::now();
    bench.executable->run();
    ms.push_back(milliseconds_since(start));
  }
  std::sort(ms.begin(), ms.end());
  return ms;
}

double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
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

void run_bench(BenchOptions& options) {
  if (options.batch < 1) throw Error("--batch must be at least 1");
  if (options.steps < 1) throw Error("--steps must be at least 1");
  if (options.threads < 0 || options.threads > 1024) {
    throw Error("--threads must be between 1 and 1024, or 0 for all cores");
  }
  if (options.threads == 0) options.threads = hardware_threads();
  Bench bench = prepare(options);
  // The machine's peak before and after: it varies with what else runs.
  double peak = kernels::fma_peak_gflops(options.threads, 0.1);
  std::vector<double> ms = time_steps(bench, options.steps);
  peak = std::max(peak, kernels::fma_peak_gflops(options.threads, 0.1));
  double least = ms.front(), median = ms[ms.size() / 2];
  double rate = bench.flops / least / 1e6;
  std::string isa(kernels::name(kernels::active_isa()));
  if (options.as_json) {
    nlohmann::ordered_json result = {{"net", options.net},
                                     {"batch", options.batch},
                                     {"steps", options.steps},
                                     {"backend", options.backend},
                                     {"threads", options.threads},
                                     {"isa", isa},
                                     {"ms_per_step", {{"min", least}, {"median", median}}},
                                     {"gflop", bench.flops / 1e9},
                                     {"gflops", rate},
                                     {"fma_peak_gflops", peak},
                                     {"share_of_peak", rate / peak},
                                     {"compile_ms", bench.compile_ms},
                                     {"peak_memory_bytes", peak_memory()}};
    fmt::print("{}\n", result.dump());
    return;
  }
  if (options.profile) print_profile(bench, options.steps);
  fmt::print("{} batch {}, {} threads, {} ({}): {:.3f} ms a step at least, median {:.3f}\n",
             options.net, options.batch, options.threads, options.backend, isa, least, median);
  fmt::print(
      "{:.2f} GFLOP a step: {:.1f} GFLOP/s, {:.0f} % of the {:.0f} GFLOP/s that fused "
      "multiply-adds reach here\n",
      bench.flops / 1e9, rate, 100 * rate / peak, peak);
  fmt::print("compiled in {:.0f} ms; peak memory {}\n", bench.compile_ms,
             bytes_text(peak_memory()));
}

}  // namespace

void add_bench(CLI::App& app) {
  auto* command = app.add_subcommand("bench", "Time a network's train step");
  auto options = std::make_shared<BenchOptions>();
  add_network(*command, options->net);
  add_batch(*command, options->batch);
  command->add_option("--steps", options->steps, "Steps that are timed")->option_text("N [50]");
  command->add_option("--optimizer", options->optimizer, "sgd or momentum")->option_text("[sgd]");
  command->add_option("--backend", options->backend, "native or interp")->option_text("[native]");
  command->add_option("--threads", options->threads, "0: one per core")->option_text("N [0]");
  command->add_flag("--profile", options->profile, "The time of each phase");
  command->add_flag("--json", options->as_json, "One JSON object");
  command->callback([options] { run_bench(*options); });
}

}  // namespace pullback::cli
