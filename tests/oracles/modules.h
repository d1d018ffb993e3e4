#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/check.h"
#include "print/stablehlo.h"

namespace pullback::test {

/// A temporary folder of printed modules for tests/oracles/verify_stablehlo.py.
class ModuleFolder {
 public:
  ModuleFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "pullback-XXXXXX").string();
    PULLBACK_CHECK(mkdtemp(path.data()) != nullptr, path);
    path_ = path;
  }
  ~ModuleFolder() { std::filesystem::remove_all(path_); }
  ModuleFolder(const ModuleFolder&) = delete;

  void add(const std::string& name, const Graph& graph) {
    std::ofstream(path_ / (name + ".mlir")) << print_stablehlo(graph);
  }
  std::string read(const std::string& file) const {
    std::ifstream in(path_ / file);
    PULLBACK_CHECK(in.good(), file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  /// The exit status of the program on this folder, run by $PULLBACK_PYTHON or python3.
  int verify(const std::string& options = "") const {
    const char* python = std::getenv("PULLBACK_PYTHON");
    std::string command = std::string(python ? python : "python3") + " " + PULLBACK_ROOT +
                          "/tests/oracles/verify_stablehlo.py " + path_.string() + " " + options;
    int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  std::filesystem::path path_;
};

/// Ends a test with a visible message where no Python has jaxlib; fails it if a module is rejected.
#define PULLBACK_EXPECT_ACCEPTED(status)                                                 \
  if (status == 77 || status == 127) {                                                   \
    GTEST_SKIP() << "no Python with jaxlib; set PULLBACK_PYTHON to one to verify texts"; \
  }                                                                                      \
  ASSERT_EQ(status, 0)

}  // namespace pullback::test
