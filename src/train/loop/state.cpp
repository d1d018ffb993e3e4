#include "train/loop/state.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/error.h"

namespace pullback {

namespace {

/// Calls field(key, member) for every number of the state.
void each_field(auto&& state, auto&& field) {
  field("step", state.step);
  field("seconds", state.seconds);
  field("best.accuracy", state.best_accuracy);
  field("best.step", state.best_step);
  field("best.since", state.since_best);
  for (auto [prefix, sums] : {std::pair{"line", &state.line}, std::pair{"epoch", &state.epoch}}) {
    std::string name = prefix;
    field(name + ".loss", sums->loss);
    field(name + ".correct", sums->correct);
    field(name + ".steps", sums->steps);
    field(name + ".seconds", sums->seconds);
  }
}

std::string exact(int64_t value) { return std::to_string(value); }
std::string exact(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

template <class T>
void read(const std::string& text, T& value, const std::string& key, const std::string& file) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || value < 0 || !std::isfinite(static_cast<double>(value))) {
    throw Error("'" + file + "' is not a usable checkpoint: its '" + key + "' is '" + text + "'");
  }
}

}  // namespace

void add_state(const RunState& state, std::map<std::string, std::string>& metadata) {
  each_field(state, [&](const std::string& key, auto value) { metadata[key] = exact(value); });
}

RunState read_state(const Checkpoint& checkpoint, const std::string& file) {
  RunState state;
  each_field(state, [&](const std::string& key, auto& value) {
    read(checkpoint.text(key, file), value, key, file);
  });
  return state;
}

}  // namespace pullback
