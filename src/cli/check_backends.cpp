#include "cli/check_backends.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/format.h"
#include "run/backends.h"

namespace pullback::cli {

namespace {

/// All backends, those that cannot be used with the reason.
std::vector<Contender> contenders() {
  std::vector<Contender> all;
  for (const BackendStatus& status : list_backends()) {
    all.push_back({status.backend, status.device, status.problem});
  }
  return all;
}

std::string name_of(const Contender& c) {
  return c.backend == "interp"
             ? "interp f32"
             : c.backend + (c.device == "cpu" && c.backend == "native" ? "" : " " + c.device);
}

void print_json(const Parity& parity) {
  nlohmann::ordered_json json = {{"passed", parity.passed()},
                                 {"tolerance", Parity::tolerance},
                                 {"tensors", nlohmann::ordered_json::array()},
                                 {"not_run", nlohmann::ordered_json::object()}};
  for (size_t i = 0; i < parity.results.size(); ++i) {
    nlohmann::ordered_json row = {{"tensor", parity.results[i].name},
                                  {"type", parity.results[i].type.text()}};
    for (const Contender& c : parity.contenders) {
      if (c.distances.empty()) continue;
      row[name_of(c)] = {{"relative", c.distances[i].relative}, {"ulps", c.distances[i].ulps}};
    }
    json["tensors"].push_back(row);
  }
  for (const Contender& c : parity.contenders) {
    if (!c.problem.empty()) json["not_run"][name_of(c)] = c.problem;
  }
  fmt::print("{}\n", json.dump(2));
}

void print_table(const Parity& parity, const Style& style) {
  using enum Table::Align;
  std::vector<Table::Column> columns{{"tensor"}, {"type"}};
  for (const Contender& c : parity.contenders) {
    if (!c.distances.empty()) columns.push_back({name_of(c), right});
  }
  Table table(columns);
  for (size_t i = 0; i < parity.results.size(); ++i) {
    std::vector<std::string> cells{parity.results[i].name, parity.results[i].type.text()};
    for (const Contender& c : parity.contenders) {
      if (c.distances.empty()) continue;
      const Distance& d = c.distances[i];
      std::string cell = d.relative == 0
                             ? "exact"
                             : fmt::format("{}, {} ulp", scientific(d.relative), fixed(d.ulps, 1));
      cells.push_back(d.relative <= Parity::tolerance ? cell : style.red(cell));
    }
    table.row(cells);
  }
  fmt::print("{}", table.text(style));
  for (const Contender& c : parity.contenders) {
    if (c.problem.empty()) continue;
    fmt::print("{} {}: {}\n", style.dim("not run:"), name_of(c),
               c.problem.substr(0, c.problem.find('\n')));
  }
}

}  // namespace

bool check_backends(const BackendsCheckOptions& options) {
  // Before anything else: it starts processes.
  std::vector<Contender> all = contenders();
  Network network = load(options.network, options.resize);
  Style style = Style::of_stdout();
  if (!options.as_json) {
    fmt::print(
        "{} after {} of {} at batch {}, against the interpreter in f64: the largest error\n"
        "relative to the tensor's largest element, at most {}; the median in units of that one's "
        "last place\n\n",
        style.bold("Backends"), counted(options.parity.steps, "step"), network.name,
        options.parity.batch, scientific(Parity::tolerance));
    std::fflush(stdout);
  }
  Parity parity =
      compare_backends(network, optimizer_of(options.optimizer), std::move(all), options.parity);
  if (options.as_json) {
    print_json(parity);
  } else {
    print_table(parity, style);
    fmt::print("\n{}\n", parity.passed() ? style.green("✓") + " the backends agree"
                                         : style.red("✗") + " a backend differs: see above");
  }
  return parity.passed();
}

}  // namespace pullback::cli
