#pragma once

#include <optional>
#include <string>
#include <vector>

#include "parse/stablehlo.h"

namespace pullback {

/// One function of a test file, or what stands between two "// -----" lines and cannot be read.
struct ConformanceTest {
  std::string name;  ///< "add_op_test_f32"; with "#2" for a second one of that name in its file
  std::optional<CheckedGraph> program;
  std::string unsupported;  ///< why there is no program: the parser's message without the place
  std::string failure;      ///< how it went wrong, with the line; "" if it passed

  enum class Outcome : uint8_t { passed, failed, unsupported };
  Outcome outcome() const;
};

/// Reads the functions of a test file's text, without running them. `file` names it in errors.
std::vector<ConformanceTest> read_conformance_tests(const std::string& text,
                                                    const std::string& file);

/// Evaluates a program that could be read and checks its assertions; fills in `failure`.
void run_conformance_test(ConformanceTest& test);

/// The test files, stablehlo/tests/interpret/*.mlir, of a checkout of openxla/stablehlo, or
/// those of that folder itself, by name. Throws Error if there are none.
std::vector<std::string> conformance_files(const std::string& folder);

}  // namespace pullback
