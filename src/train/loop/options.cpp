#include "train/loop/options.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/error.h"
#include "base/text.h"
#include "run/executable.h"

namespace pullback {

namespace {

using nlohmann::ordered_json;

[[noreturn]] void reject(const std::string& option, const std::string& value,
                         const std::string& rule) {
  throw Error(option + " is " + value + "; " + rule);
}

/// A number as it would be written on the command line.
std::string text_of(double value) {
  return std::isfinite(value) ? ordered_json(value).dump() : std::to_string(value);
}

ordered_json to_json(const TrainOptions& o) {
  ordered_json json = {{"net", o.net},
                       {"epochs", o.epochs},
                       {"batch", o.batch},
                       {"lr", o.rate},
                       {"schedule", nullptr},
                       {"optimizer", o.optimizer},
                       {"momentum", o.momentum},
                       {"weight-decay", o.weight_decay},
                       {"decay-vectors", o.decay_vectors},
                       {"clip-norm", o.clip_norm},
                       {"ema", o.average},
                       {"accumulate", o.parts},
                       {"smoothing", o.smoothing},
                       {"warmup", o.warmup},
                       {"augment", o.augmentation.text()},
                       {"validation", o.validation},
                       {"eval-every", o.eval_every},
                       {"patience", o.patience},
                       {"init", o.init},
                       {"seed", o.seed},
                       {"threads", o.threads},
                       {"backend", o.backend},
                       {"device", o.device},
                       {"replicas", o.replicas}};
  json["schedule"] = o.schedule.text();
  if (!has_momentum(o.optimizer)) json.erase("momentum");
  return json;
}

/// A whole number that T holds; no cast of JSON's numbers says so.
template <class T>
T whole(const ordered_json& json, const char* key) {
  const ordered_json& value = json.at(key);
  bool is_whole = std::is_unsigned_v<T> ? value.is_number_unsigned() : value.is_number_integer();
  if (is_whole && ordered_json(value.get<T>()) == value) return value.get<T>();
  throw Error(std::string(key) + " is " + value.dump() + ", no whole number in its range");
}

void in_range(const char* option, int64_t value, Limits limits) {
  if (value >= limits.low && value <= limits.high) return;
  reject(
      option, std::to_string(value),
      "it must be between " + std::to_string(limits.low) + " and " + std::to_string(limits.high));
}

}  // namespace

void check_options(const TrainOptions& options) {
  in_range("--epochs", options.epochs, epochs_limits);
  in_range("--batch", options.batch, batch_limits);
  if (!std::isfinite(options.rate) || options.rate <= 0) {
    reject("--lr", text_of(options.rate), "it must be a positive number, e.g. 0.05");
  }
  if (!(options.warmup >= 0 && options.warmup < static_cast<double>(options.epochs))) {
    reject("--warmup", text_of(options.warmup),
           "it must be at least 0 and less than the epochs, " + std::to_string(options.epochs));
  }
  if (!(options.validation >= 0 && options.validation < 1)) {
    reject("--validation", text_of(options.validation),
           "it must be at least 0 and less than 1, e.g. 0.1 for a tenth of the training images");
  }
  if (options.eval_every != 0) in_range("--eval-every", options.eval_every, eval_every_limits);
  if (options.patience != 0) in_range("--patience", options.patience, patience_limits);
  in_range("--threads", options.threads, threads_limits);
  check_backend(options.backend, options.device);
  in_range("--replicas", options.replicas, replicas_limits);
  optimizer_of(options);
  labels_of(options);
  int64_t shares = options.replicas * options.parts;
  if (options.batch % shares != 0) {
    std::string what = "--replicas, " + std::to_string(options.replicas) + ", which share it";
    if (options.parts > 1) {
      what = "--accumulate, " + std::to_string(options.parts) + ", which divides it";
      if (options.replicas > 1) what += ", times --replicas, " + std::to_string(options.replicas);
    }
    reject("--batch", std::to_string(options.batch),
           "it must be a multiple of " + what + " evenly");
  }
}

bool has_momentum(std::string_view optimizer) {
  return optimizer == Momentum::name || optimizer == Nesterov::name;
}

Optimizer optimizer_of(const OptimizerOptions& options) {
  if (!(options.momentum >= 0 && options.momentum < 1)) {
    reject("--momentum", text_of(options.momentum), "it must be at least 0 and less than 1");
  }
  if (!std::isfinite(options.weight_decay) || options.weight_decay < 0) {
    reject("--weight-decay", text_of(options.weight_decay),
           "it must be a positive number, e.g. 0.0001, or 0 for none");
  }
  if (!std::isfinite(options.clip_norm) || options.clip_norm < 0) {
    reject("--clip-norm", text_of(options.clip_norm),
           "it must be a positive number, e.g. 1, or 0 for no clipping");
  }
  if (!(options.average >= 0 && options.average < 1)) {
    reject("--ema", text_of(options.average),
           "it must be at least 0 and less than 1, e.g. 0.999, or 0 for no average");
  }
  in_range("--accumulate", options.parts, parts_limits);
  Optimizer optimizer = optimizer_named(options.optimizer);
  Decimal momentum = Decimal::of(options.momentum == 0 ? 0 : options.momentum);
  if (auto* m = std::get_if<Momentum>(&optimizer.rule)) m->momentum = momentum;
  if (auto* m = std::get_if<Nesterov>(&optimizer.rule)) m->momentum = momentum;
  if (options.weight_decay > 0) optimizer.weight_decay = Decimal::of(options.weight_decay);
  optimizer.decay_vectors = options.decay_vectors;
  if (options.clip_norm > 0) optimizer.clip_norm = Decimal::of(options.clip_norm);
  if (options.average > 0) optimizer.average = Decimal::of(options.average);
  if (options.parts > 1) optimizer.parts = Decimal(options.parts);
  return optimizer;
}

int64_t part_size(int64_t batch, const OptimizerOptions& options) {
  in_range("--accumulate", options.parts, parts_limits);
  if (batch % options.parts == 0) return batch / options.parts;
  reject("--batch", std::to_string(batch),
         "it must be a multiple of --accumulate, " + std::to_string(options.parts));
}

Labels smoothed_labels(bool soft, double smoothing) {
  if (!(smoothing >= 0 && smoothing < 1)) {
    reject("--smoothing", text_of(smoothing), "it must be at least 0 and less than 1, e.g. 0.1");
  }
  Labels labels{.soft = soft};
  if (smoothing > 0) labels.smoothing = Decimal::of(smoothing);
  return labels;
}

Labels labels_of(const TrainOptions& options) {
  return smoothed_labels(options.augmentation.mixes(), options.smoothing);
}

TrainOptions default_options(const std::string& net) {
  TrainOptions options;
  options.net = net;
  if (net == "mnist-linear") {
    options.epochs = 10;
    options.rate = 0.01;
  } else if (net == "mnist-mlp") {
    options.epochs = 10;
    options.rate = 0.05;
  } else if (net == "mnist-cnn") {
    options.epochs = 6;
    options.rate = 0.02;
  }
  return options;
}

std::string print_options(const TrainOptions& options) { return to_json(options).dump(2) + "\n"; }

TrainOptions parse_options(const std::string& text, const std::string& file) {
  TrainOptions o;
  try {
    ordered_json json = ordered_json::parse(text);
    o.net = json.at("net").get<std::string>();
    o.epochs = whole<int64_t>(json, "epochs");
    o.batch = whole<int64_t>(json, "batch");
    o.rate = json.at("lr").get<double>();
    o.schedule = parse_schedule(json.at("schedule").get<std::string>());
    o.warmup = json.value("warmup", o.warmup);
    o.augmentation = parse_augmentation(json.value("augment", "none"));
    o.validation = json.value("validation", o.validation);
    o.eval_every = json.value("eval-every", o.eval_every);
    o.patience = json.value("patience", o.patience);
    o.init = json.value("init", o.init);
    o.optimizer = json.at("optimizer").get<std::string>();
    o.momentum = json.value("momentum", o.momentum);
    o.weight_decay = json.value("weight-decay", o.weight_decay);
    o.decay_vectors = json.value("decay-vectors", o.decay_vectors);
    o.clip_norm = json.value("clip-norm", o.clip_norm);
    o.average = json.value("ema", o.average);
    if (json.contains("accumulate")) o.parts = whole<int64_t>(json, "accumulate");
    o.smoothing = json.value("smoothing", o.smoothing);
    o.seed = whole<uint64_t>(json, "seed");
    o.threads = whole<int>(json, "threads");
    o.backend = json.at("backend").get<std::string>();
    o.device = json.value("device", o.device);
    if (json.contains("replicas")) o.replicas = whole<int64_t>(json, "replicas");
    check_options(o);
  } catch (const nlohmann::json::exception& error) {
    throw Error("'" + file + "' does not hold the options of a run: " + error.what());
  } catch (const Error& error) {
    throw Error("'" + file + "' does not hold the options of a run: " + error.what());
  }
  return o;
}

std::string differences(const TrainOptions& given, const TrainOptions& run) {
  ordered_json asked = to_json(given), has = to_json(run);
  std::string text;
  for (const auto& [key, value] : has.items()) {
    ordered_json other = asked.value(key, ordered_json());
    if (other == value || other.is_null()) continue;
    std::string option = key == "net" ? "" : "--" + key + " ";
    auto shown = [&](const ordered_json& v) {
      return option + (v.is_string() ? v.get<std::string>() : v.dump());
    };
    text += "\n  " + shown(other) + ", but the run has " + shown(value);
  }
  return text;
}

}  // namespace pullback
