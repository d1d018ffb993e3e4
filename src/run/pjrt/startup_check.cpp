#include "run/pjrt/startup_check.h"

#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <mutex>

#include "autodiff/backward.h"
#include "base/file.h"
#include "base/random.h"
#include "base/sha256.h"
#include "interp/interpreter.h"
#include "ir/builder.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/packages/packages.h"
#include "run/pjrt/advice.h"
#include "run/pjrt/donate.h"

namespace pullback::pjrt {

namespace {

constexpr int steps = 2;

/// A train step θ ← θ - 0.05 ∂loss/∂θ, and arguments for it.
struct Sample {
  Graph graph;
  size_t kept = 0;
  std::vector<Tensor> arguments;
};

/// Dense layers, and convolution with pooling: the ops that compilers hand to libraries of kernels.
std::vector<Network> sample_networks() {
  ImageShape image{.height = 12, .width = 12, .channels = 1};
  return {{.name = "dense-sample",
           .source = "products of matrices",
           .input = image,
           .layers = {Flatten{}, Dense{.out = 128}, Relu{}, Dense{.out = 64}, Relu{},
                      Dense{.out = 10}}},
          {.name = "convolution-sample",
           .source = "convolution and pooling",
           .input = image,
           .layers = {Conv{.out = 8, .kernel = 3}, Relu{}, MaxPool{.window = 2}, Flatten{},
                      Dense{.out = 10}}}};
}

Sample make_sample(const Network& network) {
  Model model = build_training(network, 32);
  Sample sample;
  sample.kept = model.parameters.size();
  Graph graph = model.graph;
  Values parameters;
  for (size_t p = 0; p < sample.kept; ++p) parameters.push_back({static_cast<int32_t>(p)});
  Value loss = graph.results[0];
  Builder builder(graph);
  Backward backward = add_backward(builder, loss, parameters);
  Values results;
  for (size_t p = 0; p < sample.kept; ++p) {
    Value gradient = backward.cotangents[p];
    Value rate = builder.constant(graph.type(gradient), Decimal::of(0.05), "rate");
    Value change = builder.multiply(rate, gradient, "change");
    results.push_back(builder.subtract(parameters[p], change, "updated"));
  }
  results.push_back(loss);
  graph.results = results;
  sample.graph = lower(graph);
  sample.arguments = initial_parameters(model, 1);
  Random random(1, "startup-check");
  for (size_t i = sample.kept; i < graph.arguments.size(); ++i) {
    Tensor t(graph.arguments[i].type);
    bool labels = t.element() == ElementType::i32;
    for (int64_t k = 0; k < t.count(); ++k) {
      t.set(k, labels ? static_cast<double>(random.below(10)) : random.normal());
    }
    sample.arguments.push_back(t);
  }
  return sample;
}

std::vector<Tensor> steps_by_interpreter(const Sample& sample) {
  std::vector<Tensor> arguments = sample.arguments, results;
  for (int s = 0; s < steps; ++s) {
    results = evaluate(sample.graph, arguments);
    std::copy_n(results.begin(), sample.kept, arguments.begin());
  }
  return results;
}

std::vector<Tensor> steps_by_plugin(const Sample& sample,
                                    const std::shared_ptr<const Client>& client,
                                    const Settings& settings, bool donated) {
  std::string text = print_stablehlo(sample.graph);
  Program program(client, donated ? with_donation(text, sample.kept) : text, settings);
  std::vector<std::vector<Buffer>> arguments(program.devices().size()), results;
  for (size_t d = 0; d < arguments.size(); ++d) {
    for (const Tensor& t : sample.arguments) {
      arguments[d].push_back(upload(client, t.type(), t.bytes(), program.devices()[d], false));
    }
  }
  for (int s = 0; s < steps; ++s) {
    std::vector<std::vector<abi::Buffer*>> handles(arguments.size());
    for (size_t d = 0; d < arguments.size(); ++d) {
      if (s > 0) {
        for (size_t i = 0; i < sample.kept; ++i) arguments[d][i] = std::move(results[d][i]);
      }
      for (const Buffer& buffer : arguments[d]) handles[d].push_back(buffer.handle());
    }
    results = program.run(handles);
  }
  std::vector<Tensor> values;
  for (size_t i = 0; i < sample.graph.results.size(); ++i) {
    values.emplace_back(sample.graph.type(sample.graph.results[i]));
    results[0][i].read(values[i].type(), values[i].bytes());
  }
  return values;
}

/// The largest |a - b| relative to the largest |b|; infinite if an element is no number.
double difference(const Tensor& a, const Tensor& b) {
  double error = 0, scale = 1e-30;
  for (int64_t i = 0; i < a.count(); ++i) {
    if (!std::isfinite(a.at(i))) return INFINITY;
    error = std::max(error, std::abs(a.at(i) - b.at(i)));
    scale = std::max(scale, std::abs(b.at(i)));
  }
  return error / scale;
}

std::string differences(const Sample& sample, const std::vector<Tensor>& a,
                        const std::vector<Tensor>& b, const char* what, double tolerance) {
  for (size_t i = 0; i < a.size(); ++i) {
    double error = difference(a[i], b[i]);
    if (error <= tolerance) continue;
    std::string name = i < sample.kept ? sample.graph.arguments[i].name : "loss";
    char number[32];
    std::snprintf(number, sizeof number, "%.1e", error);
    return std::string("after two steps '") + name + "' differs from " + what +
           " by a relative error of " + number;
  }
  return "";
}

/// What identifies a file without reading it: path, size, time, inode.
std::string stamp_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) throw Error("cannot read '" + path + "'");
  return path + "|" + std::to_string(info.st_size) + "|" + std::to_string(info.st_mtim.tv_sec) +
         "." + std::to_string(info.st_mtim.tv_nsec) + "|" + std::to_string(info.st_ino);
}

std::string read_if_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) ? read_file(path) : "";
}

/// Keeps a text in the cache folder; without one that can be written, it is made anew next time.
void keep(const std::string& path, const std::string& text) {
  try {
    make_folder(std::filesystem::path(path).parent_path());
    write_file(path, text);
  } catch (const Error&) {
  }
}

/// The SHA-256 of the plugin, which takes a second: kept by what identifies the file.
std::string hash_of(const std::string& plugin) {
  std::string path = cache_folder() + "/checked/file-" + sha256(stamp_of(plugin)).substr(0, 16);
  std::string known = read_if_there(path);
  if (known.size() == 64) return known;
  std::string hash = sha256_of_file(plugin);
  keep(path, hash);
  return hash;
}

/// The verdicts that let a plugin be used, with the settings that it then needs.
const std::vector<std::pair<std::string, Settings>>& verdicts() {
  static const std::vector<std::pair<std::string, Settings>> all{
      {"right", {}}, {"right without XNNPACK", {{"xla_cpu_use_xnnpack", false}}}};
  return all;
}

/// wrong_steps, or nothing if the plugin does not know the settings.
std::string wrong_steps_if_known(const std::shared_ptr<const Client>& client,
                                 const Settings& settings) {
  try {
    return wrong_steps(client, settings);
  } catch (const PluginError&) {
    return "";
  }
}

/// One of verdicts().
const std::pair<std::string, Settings>& check(const std::shared_ptr<const Client>& client) {
  std::string wrong;
  try {
    wrong = wrong_steps(client, {});
    // Which products XLA's CPU compiler gives to XNNPACK depends on their sizes and on the machine;
    // here it is to give it all, so that a fault in it shows.
    if (wrong.empty() && client->options().device == "cpu") {
      wrong = wrong_steps_if_known(client, {{"xla_cpu_experimental_xnn_graph_fusion_mode",
                                             "XNN_GRAPH_FUSION_MODE_BYPASS_COST_MODEL"}});
    }
    if (wrong.empty()) return verdicts()[0];
    bool mended =
        client->options().device == "cpu" && wrong_steps(client, verdicts()[1].second).empty();
    if (mended) return verdicts()[1];
  } catch (const PluginError& error) {
    throw explained(error, client->options().device, "run the check of the plugin");
  }
  throw Error("the PJRT plugin '" + client->plugin().path() + "' computes wrong: " + wrong +
              "\n  take another one: pullback backends install xla-cpu, or PULLBACK_PJRT_PLUGIN");
}

}  // namespace

std::string wrong_steps(const std::shared_ptr<const Client>& client, const Settings& settings) {
  // GPUs and TPUs multiply with fewer bits unless told otherwise.
  double tolerance = client->options().device == "cpu" ? 1e-4 : 2e-2;
  for (const Network& network : sample_networks()) {
    Sample sample = make_sample(network);
    std::vector<Tensor> donated = steps_by_plugin(sample, client, settings, true);
    std::vector<Tensor> plain = steps_by_plugin(sample, client, settings, false);
    std::string wrong =
        differences(sample, donated, plain, "the same without donated buffers", tolerance);
    if (wrong.empty()) {
      std::vector<Tensor> right = steps_by_interpreter(sample);
      wrong = differences(sample, donated, right, "the interpreter", tolerance);
    }
    if (!wrong.empty()) return wrong;
  }
  return "";
}

Settings checked_settings(const std::shared_ptr<const Client>& client) {
  static std::mutex mutex;
  static auto& checked = *new std::map<std::string, Settings>;
  std::lock_guard lock(mutex);
  std::string key = client->plugin().path() + " " + client->options().device;
  if (auto known = checked.find(key); known != checked.end()) return known->second;
  std::string path = cache_folder() + "/checked/" + hash_of(client->plugin().path()) + "-" +
                     client->options().device;
  std::string kept = read_if_there(path);
  for (const auto& [verdict, settings] : verdicts()) {
    if (kept == verdict) return checked[key] = settings;
  }
  const auto& [verdict, settings] = check(client);
  keep(path, verdict);
  return checked[key] = settings;
}

}  // namespace pullback::pjrt
