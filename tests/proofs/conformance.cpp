#include "tests/proofs/conformance.h"

#include <filesystem>
#include <regex>

#include "base/file.h"
#include "conform/conform.h"
#include "interp/interpreter.h"
#include "ir/retype.h"

namespace pullback::test {

namespace {

/// Integers of 2 and 4 bits, which Pullback does not have, as i32.
std::string with_whole_bytes(const std::string& text) {
  static const std::regex type(R"(tensor<([0-9x]*)u?i[24]>)");
  return std::regex_replace(text, type, "tensor<$1i32>");
}

/// The type among those of the certificates that has all its values, as far as the tests go.
ElementType known(ElementType element) {
  if (is_small_float(element)) return ElementType::f32;
  return is_integer(element) ? ElementType::i32 : element;
}

/// The error that a value of this type may have, as it is written with about seven digits.
double tolerance(ElementType element) {
  if (!is_float(element)) return 0;
  return element == ElementType::bf16 ? 8e-3 : element == ElementType::f16 ? 2e-3 : 1e-6;
}

void add_program(Conformance& test, const CheckedGraph& program) {
  std::vector<Tensor> values = evaluate_all(program.graph, {});
  Graph graph = retype(program.graph, known);
  verify(graph);
  for (const Check& check : program.checks) {
    Value actual = graph.results[check.actual], expected = graph.results[check.expected];
    test.expected.push_back(
        {actual, values[static_cast<size_t>(expected.id)].convert(graph.type(actual).element),
         tolerance(program.graph.type(actual).element)});
  }
  test.other_element_types = graph != program.graph;
  test.graph = std::move(graph);
}

/// In a few words, why a test cannot be read.
std::string reason(const std::string& error) {
  static const std::regex tiny("element type 'f[468]E[0-9]M[0-9]");
  auto says = [&](const char* words) { return error.find(words) != std::string::npos; };
  if (says("'complex'")) return "complex numbers";
  if (std::regex_search(error, tiny)) return "floats of 4 to 8 bits";
  if (says("range of i32")) return "whole numbers beyond 32 bits";
  return error;
}

}  // namespace

std::vector<Conformance> read_conformance(const std::string& path) {
  std::string text = read_file(path), whole = with_whole_bytes(text);
  std::string file = std::filesystem::path(path).filename().string();
  std::vector<ConformanceTest> tests = read_conformance_tests(whole, file);
  std::vector<ConformanceTest> as_written = read_conformance_tests(text, file);
  std::vector<Conformance> result;
  for (size_t i = 0; i < tests.size(); ++i) {
    Conformance test;
    test.title = file + ":" + tests[i].name;
    test.unreadable = reason(tests[i].unsupported);
    try {
      if (tests[i].program) add_program(test, *tests[i].program);
    } catch (const std::exception& error) {
      test.unreadable = reason(error.what());
    }
    test.other_element_types = test.other_element_types || !as_written[i].program;
    result.push_back(std::move(test));
  }
  return result;
}

}  // namespace pullback::test
