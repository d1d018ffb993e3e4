#include "cli/check_kinks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "check/side_conditions.h"
#include "cli/data_option.h"
#include "cli/format.h"
#include "data/batcher.h"
#include "nn/model.h"
#include "train/loop/checkpoint.h"
#include "train/loop/evaluator.h"
#include "train/loop/run_folder.h"

namespace pullback::cli {

namespace {

/// The side conditions of one op in one layer.
struct Row {
  std::string layer;
  SideCondition counts;
};

/// Parameters and running statistics.
std::vector<Tensor> weights_of(const Model& model, const KinkOptions& options) {
  if (options.run.empty()) return initial_weights(model, options.seed);
  run_options(options.run);
  std::string file = options.run + "/checkpoint.safetensors";
  Checkpoint checkpoint = read_checkpoint(file);
  std::vector<Tensor> weights;
  for (const Parameter& p : model.weights()) {
    weights.push_back(checkpoint.tensor(p.name, p.type, file));
  }
  return weights;
}

/// The model's arguments in f64, with the images of step `step`.
std::vector<Tensor> arguments_of(const Model& model, const std::vector<Tensor>& weights,
                                 const Dataset& data, std::span<const int32_t> images,
                                 uint64_t seed, int64_t step) {
  Tensor x(model.graph.arguments[model.x()].type);
  Tensor labels(model.graph.arguments[model.labels()].type);
  fill_batch(data, images, x.values<float>().data(), labels.values<int32_t>().data());
  std::vector<Tensor> arguments;
  for (const Tensor& p : weights) arguments.push_back(p.convert(ElementType::f64));
  arguments.push_back(x.convert(ElementType::f64));
  arguments.push_back(labels);
  for (const Noise& n : model.noise) {
    arguments.push_back(draw(n, seed, step).convert(ElementType::f64));
  }
  return arguments;
}

const std::string& layer_of(const Model& model, size_t instr) {
  for (const LayerRecord& layer : model.layers) {
    if (instr >= layer.begin && instr < layer.end) return layer.name;
  }
  return model.layers.back().name;
}

/// One row per layer and op.
std::vector<Row> rows_of(const Model& model, const std::vector<SideCondition>& found) {
  std::vector<Row> rows;
  for (SideCondition counts : found) {
    const std::string& layer = layer_of(model, counts.instr);
    if (!counts.holds()) {
      counts.first = "%" + model.graph.instrs[counts.instr].name + ": " + counts.first;
    }
    auto same = std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
      return row.layer == layer && row.counts.op == counts.op;
    });
    if (same == rows.end()) {
      rows.push_back({layer, counts});
      continue;
    }
    std::vector<SideCondition> sum{same->counts};
    add_point(sum, {counts});
    same->counts = sum[0];
  }
  return rows;
}

std::vector<Row> evaluate(const Network& network, const KinkOptions& options) {
  DataSpec spec = data_spec(options.data, size_of(network));
  Dataset data = load_splits(spec, network, 0).training;
  check_data(network, data);
  Batcher batcher(data, options.batch, options.seed);
  Model model = build_training(network, options.batch);
  std::vector<Tensor> weights = weights_of(model, options);
  std::vector<SideCondition> found;
  bool progress = isatty(STDERR_FILENO) != 0;
  for (int64_t step = 0; step < options.batches; ++step) {
    if (progress) fmt::print(stderr, "\r  batch {}/{}", step + 1, options.batches);
    auto arguments = arguments_of(model, weights, data, batcher.indices(step), options.seed, step);
    add_point(found,
              check_side_conditions(model.graph, model.parameters.size(), arguments, options.seed));
  }
  if (progress) fmt::print(stderr, "\r\033[K");
  return rows_of(model, found);
}

std::string batches_text(const KinkOptions& options) {
  return options.batches == 1 ? "this batch" : fmt::format("these {} batches", options.batches);
}

void print_json(const std::string& name, const KinkOptions& options, const std::vector<Row>& rows) {
  nlohmann::ordered_json table = nlohmann::ordered_json::array();
  bool all = true;
  for (const Row& row : rows) {
    const SideCondition& c = row.counts;
    all &= c.holds();
    nlohmann::ordered_json entry = {{"layer", row.layer},
                                    {"op", c.op},
                                    {"conditions", c.conditions},
                                    {"ties", c.ties},
                                    {"ties_that_matter", c.failing},
                                    {"least_margin", nullptr}};
    if (std::isfinite(c.margin)) entry["least_margin"] = c.margin;
    if (!c.holds()) entry["first"] = c.first;
    table.push_back(entry);
  }
  nlohmann::ordered_json result = {{"net", name},
                                   {"batches", options.batches},
                                   {"batch", options.batch},
                                   {"parameters", options.run.empty() ? "initial" : options.run},
                                   {"seed", options.seed},
                                   {"side_conditions", table},
                                   {"hold", all}};
  fmt::print("{}\n", result.dump());
}

void print_table(const std::string& name, const KinkOptions& options,
                 const std::vector<Row>& rows) {
  using enum Table::Align;
  Style style = Style::of_stdout();
  fmt::print("{} of {} at {} of {} training images, f64, {}:\n\n", style.bold("Side conditions"),
             name, options.batches == 1 ? "a batch" : fmt::format("{} batches", options.batches),
             options.batch,
             options.run.empty() ? fmt::format("initial parameters (seed {})", options.seed)
                                 : "parameters of " + options.run);
  if (rows.empty()) fmt::print("  none: the loss is smooth everywhere\n");
  Table table({{"layer"},
               {"op"},
               {"conditions", right},
               {"ties", right},
               {"that matter", right},
               {"least margin", right},
               {""}});
  for (const Row& row : rows) {
    const SideCondition& c = row.counts;
    table.row({row.layer, c.op, grouped(c.conditions), grouped(c.ties), grouped(c.failing),
               std::isfinite(c.margin) ? scientific(c.margin) : "",
               c.holds() ? style.green("✓") : style.red("✗")});
  }
  if (!rows.empty()) fmt::print("{}", table.text(style));
  std::vector<std::string> failing;
  for (const Row& row : rows) {
    if (row.counts.holds()) continue;
    failing.push_back(fmt::format("{} ({} of {} {})", row.layer, grouped(row.counts.failing),
                                  grouped(row.counts.conditions), row.counts.op));
    fmt::print("\n{}: {}", row.layer, row.counts.first);
  }
  if (failing.empty()) {
    fmt::print("\n{} all side conditions hold at {}\n", style.green("✓"), batches_text(options));
  } else {
    fmt::print("\n\n{} side conditions fail at {}: {}\n", style.red("✗"), batches_text(options),
               join(failing));
  }
}

}  // namespace

bool check_kinks(const KinkOptions& options) {
  Network network = load(options.network, options.resize);
  std::vector<Row> rows = evaluate(network, options);
  options.as_json ? print_json(network.name, options, rows)
                  : print_table(network.name, options, rows);
  return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.counts.holds(); });
}

}  // namespace pullback::cli
