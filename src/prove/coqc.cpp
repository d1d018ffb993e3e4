#include "prove/coqc.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <thread>

#include "base/error.h"

namespace pullback {

namespace fs = std::filesystem;

namespace {

/// One process a core, each with 1.5 GB of memory.
int processes_at_once() {
  int64_t memory = static_cast<int64_t>(sysconf(_SC_AVPHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  auto cores = static_cast<int64_t>(std::thread::hardware_concurrency());
  return static_cast<int>(std::clamp<int64_t>(memory / 1500000000, 1, std::max<int64_t>(cores, 1)));
}

/// Held while the library is being compiled: two builds at once would spoil each other's files.
class Lock {
 public:
  explicit Lock(const std::string& path) : file_(open(path.c_str(), O_RDWR | O_CREAT, 0644)) {
    if (file_ >= 0) flock(file_, LOCK_EX);
  }
  ~Lock() {
    if (file_ >= 0) close(file_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int file_;
};

}  // namespace

std::string coq_version() {
  Finished asked = run_command({"coqc", "-print-version"}, ".");
  if (asked.status != 0) {
    throw Error(
        "Coq was not found; install it and Coquelicot: "
        "apt-get install coq libcoq-coquelicot");
  }
  return asked.output.substr(0, asked.output.find(' '));
}

void CoqLibrary::build(const std::vector<std::string>& targets,
                       const std::function<void(size_t, const std::string&)>& progress) const {
  if (!fs::exists(folder_ + "/Makefile")) {
    throw Error("the Coq library was expected in " + folder_ + ", which has no Makefile");
  }
  Lock lock(folder_ + "/.build.lock");
  size_t done = 0;
  auto on_line = [&](const std::string& line) {
    if (line.starts_with("COQC ") && progress) progress(done++, line.substr(5));
  };
  std::vector<std::string> command = {"make", "--no-print-directory",
                                      "-j" + std::to_string(processes_at_once())};
  command.insert(command.end(), targets.begin(), targets.end());
  Finished made = run_command(command, folder_, on_line);
  if (made.status != 0) {
    throw Error("the Coq library in " + folder_ + " does not compile:\n" + made.output);
  }
}

Finished CoqLibrary::compile(const std::string& file) const {
  fs::path path(file);
  Finished finished = run_command(
      {"coqc", "-q", "-noglob", "-R", fs::absolute(folder_), "Pullback", path.filename()},
      path.parent_path().empty() ? "." : path.parent_path());
  std::error_code ignored;
  std::string stem = path.stem();
  for (const std::string& extra : {stem + ".vok", stem + ".vos", "." + stem + ".aux"}) {
    fs::remove(path.parent_path() / extra, ignored);
  }
  return finished;
}

std::vector<std::string> assumptions_in(const std::string& output) {
  std::vector<std::string> names;
  std::istringstream lines(output);
  bool in_list = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "Axioms:") {
      in_list = true;
    } else if (in_list && !line.empty() && line[0] != ' ') {
      names.push_back(line.substr(0, line.find(' ')));
    }
  }
  return names;
}

}  // namespace pullback
