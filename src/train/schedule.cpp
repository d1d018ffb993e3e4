#include "train/schedule.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"

namespace pullback {

namespace {

std::string shown(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// From `from` to `to` along half a cosine, at share `p` of the way.
double annealed(double from, double to, double p) {
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * p));
}

double one_cycle(const Schedule& schedule, double rate, double step, double steps) {
  double first = rate / 25, last = first / 1e4;
  double top = schedule.peak * steps - 1, end = steps - 1;
  if (step <= top) return annealed(first, rate, top > 0 ? step / top : 1);
  return annealed(rate, last, end > top ? (step - top) / (end - top) : 1);
}

[[noreturn]] void wrong(const std::string& text, const std::string& rule) {
  throw Error("--schedule is '" + text + "'; " + rule);
}

std::vector<double> numbers_of(const std::string& text, size_t colon) {
  std::vector<double> numbers;
  while (colon < text.size()) {
    size_t end = std::min(text.find(':', colon + 1), text.size());
    double value = 0;
    auto [last, error] = std::from_chars(text.data() + colon + 1, text.data() + end, value);
    if (error != std::errc{} || last != text.data() + end || !std::isfinite(value)) {
      wrong(text, "'" + text.substr(colon + 1, end - colon - 1) + "' is not a number");
    }
    numbers.push_back(value);
    colon = end;
  }
  return numbers;
}

/// The schedule of that name with its usual numbers; returns where given ones go.
std::vector<double*> begin(const std::string& name, Schedule& schedule) {
  using Kind = Schedule::Kind;
  if (name == "constant") {
    schedule.kind = Kind::constant;
    return {};
  }
  if (name == "cosine") return {};
  if (name == "step") {
    schedule.kind = Kind::step;
    return {&schedule.epochs, &schedule.factor};
  }
  if (name == "exponential") {
    schedule.kind = Kind::exponential;
    schedule.factor = 0.95;
    return {&schedule.factor};
  }
  if (name == "one-cycle") {
    schedule.kind = Kind::one_cycle;
    return {&schedule.peak};
  }
  throw Error("there is no schedule '" + name +
              "'; choose constant, step:EPOCHS:FACTOR, cosine, exponential:FACTOR or "
              "one-cycle:PEAK");
}

}  // namespace

std::string Schedule::text() const {
  switch (kind) {
    case Kind::constant:
      return "constant";
    case Kind::step:
      return "step:" + shown(epochs) + ":" + shown(factor);
    case Kind::cosine:
      return "cosine";
    case Kind::exponential:
      return "exponential:" + shown(factor);
    default:
      return "one-cycle:" + shown(peak);
  }
}

Schedule parse_schedule(const std::string& text) {
  size_t colon = std::min(text.find(':'), text.size());
  std::vector<double> numbers = numbers_of(text, colon);
  Schedule schedule;
  std::vector<double*> places = begin(text.substr(0, colon), schedule);
  if (numbers.size() > places.size()) wrong(text, "it has too many numbers");
  for (size_t i = 0; i < numbers.size(); ++i) *places[i] = numbers[i];
  if (schedule.epochs <= 0) wrong(text, "its epochs must be positive, e.g. step:30:0.1");
  if (schedule.factor <= 0 || schedule.factor > 1) {
    wrong(text, "its factor must be more than 0 and at most 1");
  }
  if (schedule.peak <= 0 || schedule.peak >= 1) {
    wrong(text, "its peak must be between 0 and 1, e.g. one-cycle:0.3");
  }
  return schedule;
}

float rate_at(const Schedule& schedule, double rate, double warmup, const StepPlace& place) {
  auto per_epoch = static_cast<double>(place.steps_per_epoch);
  double rising = std::floor(warmup * per_epoch), step = static_cast<double>(place.step);
  if (step < rising) return static_cast<float>(rate * (step + 1) / rising);
  step -= rising;
  double steps = static_cast<double>(place.steps) - rising;
  switch (schedule.kind) {
    case Schedule::Kind::constant:
      break;
    case Schedule::Kind::step:
      rate *= std::pow(schedule.factor, std::floor(step / per_epoch / schedule.epochs));
      break;
    case Schedule::Kind::cosine:
      rate = rate / 2 * (1 + std::cos(std::numbers::pi * (step / steps)));
      break;
    case Schedule::Kind::exponential:
      rate *= std::pow(schedule.factor, step / per_epoch);
      break;
    case Schedule::Kind::one_cycle:
      rate = one_cycle(schedule, rate, step, steps);
      break;
  }
  return static_cast<float>(rate);
}

}  // namespace pullback
