#include "cli/gradient_option.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "cli/number_option.h"
#include "cli/optimizer_option.h"
#include "passes/finite.h"
#include "passes/unroll.h"

namespace pullback::cli {

void add_gradient(CLI::App& command, GradientOptions& options) {
  add_whole(command, "--result", options.result, {0, 1000000}, "Differentiate this result")
      ->option_text("N [0]");
  command
      .add_option("--wrt", options.wrt,
                  "By these arguments, numbered from 0, e.g. 0,2 or 0-3; "
                  "without it by every floating-point one")
      ->option_text("LIST");
  command.add_flag("--aux", options.aux, "Return the function's other results as well, last");
  command.add_flag(
      "--finite", options.finite,
      "Write the largest finite numbers for infinities in constants, say of masks, and "
      "0 for NaN: a certificate has none");
  command
      .add_option("--train", options.train,
                  "Make a train step of it, with this optimizer: " + join(optimizer_names()))
      ->option_text("NAME");
}

std::vector<size_t> numbers_in(const std::string& list) {
  std::vector<size_t> numbers;
  auto fail = [&] {
    throw Error("--wrt is '" + list + "'; it must be a list of argument numbers, e.g. 0,2 or 0-3");
  };
  const char* at = list.data();
  const char* end = at + list.size();
  auto number = [&] {
    size_t value = 0;
    auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || value > 1000000) fail();
    at = next;
    return value;
  };
  while (true) {
    size_t first = number(), last = first;
    if (at < end && *at == '-') {
      ++at;
      last = number();
    }
    if (last < first) fail();
    for (size_t i = first; i <= last; ++i) numbers.push_back(i);
    if (at == end) break;
    if (*at++ != ',') fail();
  }
  std::sort(numbers.begin(), numbers.end());
  auto twice = std::adjacent_find(numbers.begin(), numbers.end());
  if (twice != numbers.end()) {
    throw Error("--wrt is '" + list + "'; it names argument " + std::to_string(*twice) + " twice");
  }
  return numbers;
}

Differentiated differentiated(const Graph& given, const GradientOptions& options,
                              const Optimizer& optimizer) {
  Graph function = unroll(given);
  Differentiated result;
  result.wrt = options.wrt.empty() ? float_arguments(function) : numbers_in(options.wrt);
  auto number = static_cast<size_t>(options.result);
  check_gradient(function, number, result.wrt);
  std::vector<std::string> reserved;
  if (!options.train.empty()) reserved = scalars_of(optimizer);
  result.part = differentiated_part(function, number, options.aux, reserved);
  if (options.finite) result.part = finite_constants(result.part);
  return result;
}

Optimizer train_optimizer(const CLI::App& command, const GradientOptions& options,
                          const OptimizerOptions& settings) {
  if (options.train.empty()) {
    for (const char* option : {"--momentum", "--weight-decay", "--decay-vectors", "--clip-norm"}) {
      if (command.count(option) > 0) throw Error(std::string(option) + " is for --train");
    }
    return Sgd{};
  }
  check_momentum(command, options.train, "--train");
  OptimizerOptions given = settings;
  given.optimizer = options.train;
  return optimizer_of(given);
}

}  // namespace pullback::cli
