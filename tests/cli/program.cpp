#include "tests/cli/program.h"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "base/check.h"
#include "base/file.h"

namespace pullback::test {

Execution pullback(const std::string& arguments, const std::string& folder) {
  return shell("'" PULLBACK_BINARY "' " + arguments, folder);
}

Execution shell(const std::string& line, const std::string& folder) {
  TemporaryFolder temporary;
  std::string out = temporary.path() + "/out", err = temporary.path() + "/err";
  std::string command =
      "cd '" + folder + "' && { " + line + "\n} >'" + out + "' 2>'" + err + "' </dev/null";
  int status = std::system(command.c_str());
  PULLBACK_CHECK(WIFEXITED(status), command);
  return {WEXITSTATUS(status), read_file(out), read_file(err)};
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "pullback-XXXXXX").string();
  PULLBACK_CHECK(mkdtemp(name.data()) != nullptr, name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::file(const std::string& name, const std::string& text) const {
  std::string path = path_ + "/" + name;
  write_file(path, text);
  return path;
}

}  // namespace pullback::test
