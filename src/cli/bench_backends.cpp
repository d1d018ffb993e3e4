#include "cli/bench_backends.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/process.h"
#include "cli/format.h"
#include "run/backends.h"
#include "run/executable.h"

namespace pullback::cli {

namespace {

using nlohmann::ordered_json;

struct Timing {
  std::string backend, device;
  std::vector<double> least, median;  ///< ms a step, by round
  std::string problem;                ///< why it has no time
  ordered_json last;                  ///< what the last round said of itself
};

std::vector<Timing> wanted(const std::string& names) {
  std::vector<Timing> all;
  if (names == "all") {
    for (const BackendStatus& s : list_backends()) {
      if (s.problem.empty() && s.backend != "interp")
        all.push_back({s.backend, s.device, {}, {}, {}, {}});
    }
    return all;
  }
  std::istringstream list(names);
  for (std::string name; std::getline(list, name, ',');) {
    // "pjrt" or "pjrt:cuda".
    size_t colon = name.find(':');
    std::string backend = name.substr(0, colon);
    std::string device = colon == std::string::npos ? "cpu" : name.substr(colon + 1);
    check_backend(backend, device);
    all.push_back({backend, device, {}, {}, {}, {}});
  }
  if (all.empty()) throw Error("--backends is empty; give all, or names, e.g. native,pjrt:cuda");
  return all;
}

/// One round in a process of its own, whose last line is JSON.
void take_round(Timing& timing, const std::vector<std::string>& arguments) {
  std::vector<std::string> command{"/proc/self/exe", "bench",        "--json",   "--rounds",   "1",
                                   "--backend",      timing.backend, "--device", timing.device};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Finished finished = run_command(command);
  size_t begin = finished.output.rfind("{\"net\"");
  if (finished.status != 0 || begin == std::string::npos) {
    size_t message = finished.output.rfind("pullback: ");
    timing.problem = message != std::string::npos ? finished.output.substr(message + 10)
                                                  : "it " + ending_text(finished.status);
    return;
  }
  timing.last = ordered_json::parse(finished.output.substr(begin));
  timing.least.push_back(timing.last.at("ms_per_step").at("min"));
  timing.median.push_back(timing.last.at("ms_per_step").at("median"));
}

double smallest(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

void print_json(const std::vector<Timing>& all) {
  ordered_json list = ordered_json::array();
  for (const Timing& t : all) {
    if (!t.problem.empty()) {
      list.push_back({{"backend", t.backend}, {"device", t.device}, {"problem", t.problem}});
      continue;
    }
    ordered_json one = t.last;
    one["rounds"] = t.least.size();
    one["ms_per_step"] = {{"min", smallest(t.least)}, {"median", smallest(t.median)}};
    list.push_back(one);
  }
  fmt::print("{}\n", list.dump(2));
}

void print_table(const std::vector<Timing>& all, const Style& style) {
  using enum Table::Align;
  Table table({{"backend"},
               {"device"},
               {"ms a step", right},
               {"median", right},
               {"GFLOP/s", right},
               {"compile, ms", right},
               {"memory", right}});
  for (const Timing& t : all) {
    if (!t.problem.empty()) {
      table.row({t.backend, t.device, "–"});
      continue;
    }
    double least = smallest(t.least);
    table.row({t.backend, t.device, fixed(least, 3), fixed(smallest(t.median), 3),
               fixed(t.last.at("gflop").get<double>() / least * 1000, 1),
               fixed(t.last.at("compile_ms").get<double>(), 0),
               bytes_text(t.last.at("peak_memory_bytes").get<double>())});
  }
  fmt::print("{}", table.text(style));
  for (const Timing& t : all) {
    if (!t.problem.empty()) fmt::print("{} {}: {}\n", t.backend, t.device, t.problem);
  }
}

}  // namespace

void bench_backends(const BackendsBenchOptions& options) {
  std::vector<Timing> all = wanted(options.backends);
  for (int64_t round = 1; round <= options.rounds; ++round) {
    std::string line;
    for (Timing& t : all) {
      if (!t.problem.empty()) continue;
      take_round(t, options.arguments);
      std::string name = t.device == "cpu" ? t.backend : t.backend + " " + t.device;
      line += (line.empty() ? "" : ", ") + name + " " +
              (t.problem.empty() ? fixed(t.least.back(), 3) : "–");
    }
    fmt::print(stderr, "round {}: {} ms a step\n", round, line);
  }
  if (options.as_json) return print_json(all);
  fmt::print("{}: least of {}; the median of the best round; memory of the whole process\n\n",
             options.title, counted(options.rounds, "round"));
  print_table(all, Style::of_stdout());
}

}  // namespace pullback::cli
