#include "conform/conform.h"

#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/format.h"

namespace pullback::cli {

namespace {

using Outcome = ConformanceTest::Outcome;

struct Count {
  int64_t functions = 0, passed = 0, failed = 0, unsupported = 0;

  void add(const ConformanceTest& test) {
    ++functions;
    passed += test.outcome() == Outcome::passed;
    failed += test.outcome() == Outcome::failed;
    unsupported += test.outcome() == Outcome::unsupported;
  }
  void add(const Count& other) {
    functions += other.functions;
    passed += other.passed;
    failed += other.failed;
    unsupported += other.unsupported;
  }
  bool passes() const { return passed > 0 && failed == 0; }
};

/// The reasons of a file's tests that do not pass, each with how many have it.
std::string reasons(const std::vector<ConformanceTest>& tests) {
  std::map<std::string, int> counts;
  std::string text;
  for (const ConformanceTest& test : tests) {
    if (test.outcome() == Outcome::failed)
      text += "FAILED " + test.name + ": " + test.failure + "; ";
    if (test.outcome() == Outcome::unsupported) ++counts[test.unsupported];
  }
  for (const auto& [reason, count] : counts) {
    text += reason + (count > 1 ? " (" + std::to_string(count) + ")" : "") + "; ";
  }
  return text.empty() ? text : text.substr(0, text.size() - 2);
}

int conform(const std::string& folder) {
  using enum Table::Align;
  Table table({{"file"},
               {"functions", right},
               {"passed", right},
               {"failed", right},
               {"unsupported", right},
               {"why"}});
  Count total;
  int64_t files = 0, passing = 0;
  for (const std::string& path : conformance_files(folder)) {
    std::string file = std::filesystem::path(path).filename().string();
    std::vector<ConformanceTest> tests = read_conformance_tests(read_file(path), file);
    Count count;
    for (ConformanceTest& test : tests) {
      if (test.program) run_conformance_test(test);
      count.add(test);
    }
    table.row({file, std::to_string(count.functions), std::to_string(count.passed),
               std::to_string(count.failed), std::to_string(count.unsupported), reasons(tests)});
    total.add(count);
    ++files;
    passing += count.passes();
  }
  std::cout << table.text(Style::of_stdout());
  nlohmann::ordered_json json;
  json["functions"] = total.functions;
  json["passed"] = total.passed;
  json["failed"] = total.failed;
  json["unsupported"] = total.unsupported;
  json["files"] = files;
  json["files_passing"] = passing;
  std::cout << json.dump() << std::endl;
  return total.failed == 0 ? 0 : 1;
}

}  // namespace

void add_conform(CLI::App& app) {
  auto* command = app.add_subcommand(
      "conform", "Run StableHLO's own interpreter tests; the last line is JSON totals");
  auto folder = std::make_shared<std::string>();
  command
      ->add_option("DIR", *folder,
                   "A checkout of openxla/stablehlo, or its folder stablehlo/tests/interpret")
      ->required();
  command->callback([folder] {
    if (conform(*folder) != 0) throw CLI::RuntimeError(1);
  });
}

}  // namespace pullback::cli
