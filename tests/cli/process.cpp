#include "tests/cli/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/random.h"

namespace pullback {

namespace {

/// An open file without a name.
int nameless_file() {
  char path[] = "/tmp/pullback.XXXXXX";
  int fd = mkostemp(path, O_CLOEXEC);
  if (fd >= 0) unlink(path);
  return fd;
}

std::string content(int fd) {
  std::string text;
  char block[4096];
  lseek(fd, 0, SEEK_SET);
  for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;) {
    text.append(block, static_cast<size_t>(n));
  }
  return text;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::string& folder)
    : out_(nameless_file()), err_(nameless_file()) {
  std::vector<char*> argv{const_cast<char*>("pullback")};
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  // Only calls that are safe between fork and exec.
  if (chdir(folder.c_str()) != 0) _exit(126);
  int in = open("/dev/null", O_RDONLY);
  dup2(in, STDIN_FILENO);
  dup2(out_, STDOUT_FILENO);
  dup2(err_, STDERR_FILENO);
  execv(PULLBACK_BINARY, argv.data());
  _exit(127);
}

Process::~Process() {
  if (!ended_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

void Process::signal(int number) const { kill(pid_, number); }

bool Process::running() {
  if (!ended_) ended_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return !ended_;
}

Outcome Process::wait() {
  if (!ended_) waitpid(pid_, &status_, 0);
  ended_ = true;
  return {.status = WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_),
          .out = content(out_),
          .err = content(err_)};
}

Outcome run_program(const std::vector<std::string>& arguments, const std::string& folder) {
  return Process(arguments, folder).wait();
}

void write_tiny_mnist(const std::string& folder, int images) {
  std::filesystem::create_directories(folder);
  Random random(1, "tiny mnist");
  auto word = [](int value) {
    return std::string{0, 0, static_cast<char>(value >> 8), static_cast<char>(value & 255)};
  };
  for (const char* split : {"train", "t10k"}) {
    int count = split[1] == 'r' ? images : images / 2;
    std::string pixels = word(0x803) + word(count) + word(28) + word(28);
    std::string labels = word(0x801) + word(count);
    for (int i = 0; i < count; ++i) {
      int label = static_cast<int>(random.below(10));
      labels += static_cast<char>(label);
      for (int p = 0; p < 28 * 28; ++p) {
        pixels += static_cast<char>(random.below(156) + (p / 28 / 2 == label ? 100 : 0));
      }
    }
    std::string prefix = folder + "/" + split;
    std::ofstream(prefix + "-images-idx3-ubyte", std::ios::binary) << pixels;
    std::ofstream(prefix + "-labels-idx1-ubyte", std::ios::binary) << labels;
  }
}

}  // namespace pullback
