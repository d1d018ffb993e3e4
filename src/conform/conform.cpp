#include "conform/conform.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "conform/checks.h"
#include "interp/interpreter.h"

namespace pullback {

namespace {

/// "add.mlir:3:12: expected ','\n  …": "expected ','", without what would be right instead.
std::string without_place(const std::string& message, const std::string& file) {
  std::string line = message.substr(0, message.find('\n'));
  if (line.starts_with(file)) {
    size_t end = line.find(": ");
    if (end != std::string::npos) line.erase(0, end + 2);
  }
  return line.substr(0, line.find("; "));
}

ConformanceTest read_test(const std::string& text, const std::string& file,
                          const std::string& function) {
  ConformanceTest test;
  test.name = function;
  try {
    test.program = parse_checked(text, file, function);
    const auto& [graph, checks] = *test.program;
    bool whole = graph.arguments.empty() && graph.results.empty();  // that it runs is the test
    if (checks.empty() && !whole) {
      test.program.reset();
      test.unsupported = "it checks nothing";
    }
  } catch (const Error& error) {
    test.unsupported = without_place(error.what(), file);
  }
  return test;
}

/// The functions of one part: @main alone, where there is one, since it calls the others.
std::vector<ConformanceTest> read_part(const std::string& text, const std::string& file) {
  std::vector<std::string> names;
  try {
    names = function_names(text, file);
  } catch (const Error& error) {
    ConformanceTest test;
    test.unsupported = without_place(error.what(), file);
    return {test};
  }
  if (std::find(names.begin(), names.end(), "main") != names.end()) names = {"main"};
  std::vector<ConformanceTest> tests;
  for (const std::string& name : names) tests.push_back(read_test(text, file, name));
  return tests;
}

}  // namespace

ConformanceTest::Outcome ConformanceTest::outcome() const {
  if (!program) return Outcome::unsupported;
  return failure.empty() ? Outcome::passed : Outcome::failed;
}

std::vector<ConformanceTest> read_conformance_tests(const std::string& text,
                                                    const std::string& file) {
  std::vector<ConformanceTest> tests;
  std::map<std::string, int> seen;
  for (const std::string& part : split_input(text)) {
    for (ConformanceTest& test : read_part(part, file)) {
      int count = ++seen[test.name];
      if (count > 1) test.name += "#" + std::to_string(count);
      tests.push_back(std::move(test));
    }
  }
  return tests;
}

void run_conformance_test(ConformanceTest& test) {
  const auto& [graph, checks] = *test.program;
  if (!graph.arguments.empty()) {
    test.failure = "it takes arguments, which only its caller has";
    return;
  }
  try {
    std::vector<Tensor> results = evaluate(graph, {});
    for (const Check& check : checks) {
      auto wrong = contradiction(check, results.at(check.actual), results.at(check.expected));
      if (!wrong) continue;
      test.failure = "line " + std::to_string(check.line) + ": " + *wrong;
      return;
    }
  } catch (const Error& error) {
    test.failure = error.what();
  }
}

std::vector<std::string> conformance_files(const std::string& folder) {
  namespace fs = std::filesystem;
  fs::path inside = fs::path(folder) / "stablehlo" / "tests" / "interpret";
  fs::path from = fs::is_directory(inside) ? inside : fs::path(folder);
  if (!fs::is_directory(from)) throw Error("'" + folder + "' is not a folder");
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.path().extension() == ".mlir") files.push_back(entry.path().string());
  }
  if (files.empty()) {
    throw Error("'" + folder +
                "' has no *.mlir files; expected a checkout of openxla/stablehlo or " +
                "its folder stablehlo/tests/interpret");
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace pullback
