#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "interp/interpreter.h"
#include "tests/proofs/certified.h"
#include "tests/proofs/conformance.h"

/// write_stablehlo_cases FILE.v: StableHLO's own tests of the ops in the set, run by the C++
/// interpreter and, in FILE.v, by Coq's semantics; prints how many pass and why the others do not.
/// The tests are those of the folder $PULLBACK_STABLEHLO_TESTS.
namespace pullback::test {
namespace {

const std::string wraps = "integers that wrap around";

/// The tests that Coq reads and types, but whose results are other ones over exact numbers, and
/// why.
std::map<std::string, std::string> known() {
  std::map<std::string, std::string> table = {
      {"multiply.mlir:mul_op_test_ui8", wraps},
      {"multiply.mlir:mul_op_test_ui16", wraps},
      {"multiply.mlir:mul_op_test_bf16", "floats that overflow"},
      {"compare.mlir:compare_op_test_f64_default", "NaN"}};
  for (std::string stem : {"negate.mlir:negate_op_test_", "subtract.mlir:subtract_op_test_"}) {
    for (std::string e : {"si4", "ui4", "si8", "ui8", "si16", "ui16", "si32"}) {
      table[stem + e] = wraps;
    }
  }
  for (std::string k : {"", "#2", "#3", "#5"}) {
    table["compare.mlir:compare_op_test_f64" + k] = "NaN";
  }
  return table;
}

/// Why an op is outside of the certified domain.
std::string why_outside(const Graph& graph) {
  for (const Instr& instr : graph.instrs) {
    std::vector<Type> types;
    for (Value v : instr.operands) types.push_back(graph.type(v));
    if (certified(instr.op, types)) continue;
    std::string name(info_of(instr.op).name);
    if (name == "and" || name == "or" || name == "not") return "bitwise " + name;
    if (name == "convert") return "floats rounded to integers";
    return name + " of " + std::string(to_string(types.at(0).element));
  }
  return "";
}

struct Row {
  int tests = 0, as_written = 0, retyped = 0, cpp = 0, coq = 0;
  std::map<std::string, int> reasons;  ///< why Coq does not pass, and how often
};

class Report {
 public:
  void add(const std::string& op, const Conformance& test) {
    for (Row* row : {&rows_[op], &total_}) count(*row, test);
    if (!test.graph) return;
    cases_.push_back(coq_case(test.title, *test.graph, {}, test.expected));
    if (!why_not(test).empty()) failing_.push_back(test.title);
  }

  void print(std::ostream& out) const {
    out << "| op | tests | as written | other element type | C++ passes | Coq passes | why Coq "
           "does "
           "not |\n| --- | --- | --- | --- | --- | --- | --- |\n";
    for (const auto& [op, row] : rows_) line(out, '`' + op + '`', row);
    line(out, "all", total_);
  }
  std::string text() const { return coq_file({{"plain", cases_}}, failing_); }

 private:
  std::string why_not(const Conformance& test) const {
    if (!test.graph) return test.unreadable;
    std::string outside = why_outside(*test.graph);
    if (!outside.empty()) return outside;
    auto found = known_.find(test.title);
    return found == known_.end() ? "" : found->second;
  }

  void count(Row& row, const Conformance& test) const {
    ++row.tests;
    std::string reason = why_not(test);
    ++(reason.empty() ? row.coq : row.reasons[reason]);
    if (!test.graph) return;
    ++(test.other_element_types ? row.retyped : row.as_written);
    std::vector<Tensor> values = evaluate_all(*test.graph, {});
    bool passes = true;
    for (const Expected& e : test.expected) {
      passes = passes && close(values[static_cast<size_t>(e.value.id)], e);
    }
    if (passes) ++row.cpp;
    if (!passes && !test.other_element_types) throw Error(test.title + ": the interpreter differs");
  }

  static void line(std::ostream& out, const std::string& name, const Row& row) {
    out << "| " << name;
    for (int n : {row.tests, row.as_written, row.retyped, row.cpp, row.coq}) out << " | " << n;
    out << " | " << join(row.reasons, ", ", [](const auto& reason) {
      return std::to_string(reason.second) + " " + reason.first;
    }) << " |\n";
  }

  std::map<std::string, std::string> known_ = known();
  std::map<std::string, Row> rows_;
  Row total_;
  std::vector<std::string> cases_, failing_;
};

int run(const std::string& file) {
  const char* folder = std::getenv("PULLBACK_STABLEHLO_TESTS");
  if (!folder) {
    std::cout << "skipped: set PULLBACK_STABLEHLO_TESTS to the folder stablehlo/tests/interpret of "
                 "openxla/stablehlo\n";
    return 77;
  }
  Report report;
  for (const OpInfo& info : all_ops()) {
    std::string op(info.name), path = std::string(folder) + "/" + op + ".mlir";
    if (!info.outside.empty() || info.dialect != "stablehlo") continue;
    if (!std::filesystem::exists(path)) {
      if (info.composite) continue;  // StableHLO has no tests of them
      throw Error(path + " is missing");
    }
    for (const Conformance& test : read_conformance(path)) report.add(op, test);
  }
  report.print(std::cout);
  write_file(file, report.text());
  return 0;
}

}  // namespace
}  // namespace pullback::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_stablehlo_cases FILE.v\n";
    return 2;
  }
  return pullback::test::run(argv[1]);
}
