#include "base/process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "base/error.h"

namespace pullback {

namespace {

/// In the child: becomes the command, or ends with status 127.
[[noreturn]] void become(const std::vector<std::string>& command, const std::string& folder,
                         int output) {
  int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (chdir(folder.c_str()) == 0) execvp(arguments[0], arguments.data());
  _exit(127);
}

/// All that comes from `input`, line by line.
std::string read_lines(int input, const std::function<void(const std::string&)>& on_line) {
  std::string output;
  size_t line = 0;
  char buffer[4096];
  while (true) {
    ssize_t n = read(input, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return output;
    output.append(buffer, static_cast<size_t>(n));
    for (size_t end; (end = output.find('\n', line)) != std::string::npos; line = end + 1) {
      if (on_line) on_line(output.substr(line, end - line));
    }
  }
}

}  // namespace

Finished run_command(const std::vector<std::string>& command, const std::string& folder,
                     const std::function<void(const std::string&)>& on_line) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(std::string("pipe: ") + std::strerror(errno));
  auto begin = std::chrono::steady_clock::now();
  pid_t child = fork();
  if (child < 0) throw Error("cannot start " + command[0] + ": " + std::strerror(errno));
  if (child == 0) become(command, folder, ends[1]);
  close(ends[1]);
  Finished finished;
  finished.output = read_lines(ends[0], on_line);
  close(ends[0]);
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.peak_bytes = static_cast<int64_t>(usage.ru_maxrss) * 1024;
  finished.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return finished;
}

bool has_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::string ending_text(int status) {
  if (status <= 128) return "ended with status " + std::to_string(status);
  int signal = status - 128;
  return "was ended by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
}

}  // namespace pullback
