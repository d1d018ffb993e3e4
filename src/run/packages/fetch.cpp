#include "run/packages/fetch.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/process.h"

namespace pullback {

namespace {

constexpr int no_range = 33;  ///< curl's status: the server cannot go on in the middle of a file

Finished run_curl(std::vector<std::string> arguments) {
  if (!has_program("curl")) throw Error("downloads need curl: apt-get install curl");
  std::vector<std::string> command{
      "curl", "--silent",          "--show-error", "--fail",        "--location", "--retry",
      "3",    "--connect-timeout", "30",           "--speed-limit", "1000",       "--speed-time",
      "60"};
  if (const char* certificates = std::getenv("PIP_CERT")) {
    command.emplace_back("--cacert");
    command.emplace_back(certificates);
  }
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_command(command);
}

[[noreturn]] void fail(const std::string& address, const Finished& finished) {
  throw Error("cannot download " + address + ": " + finished.output +
              (finished.output.empty() ? "curl " + ending_text(finished.status) + "\n" : "") +
              "  run the same command again to go on where it stopped");
}

/// Reports a file's size while it grows.
class Watch {
 public:
  Watch(const std::string& path, const std::function<void(int64_t)>& progress)
      : thread_([this, path, progress] {
          std::unique_lock lock(mutex_);
          while (!changed_.wait_for(lock, std::chrono::milliseconds(200), [&] { return done_; })) {
            std::error_code error;
            auto bytes = std::filesystem::file_size(path, error);
            if (progress && !error) progress(static_cast<int64_t>(bytes));
          }
        }) {}
  ~Watch() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace

std::string fetch_text(const std::string& address) {
  Finished finished = run_curl({"--compressed", address});
  if (finished.status != 0) fail(address, finished);
  return finished.output;
}

void fetch_file(const std::string& address, const std::string& path,
                const std::function<void(int64_t)>& progress) {
  Watch watch(path, progress);
  Finished finished = run_curl({"--continue-at", "-", "--output", path, address});
  if (finished.status == no_range) {
    std::filesystem::remove(path);
    finished = run_curl({"--output", path, address});
  }
  if (finished.status != 0) fail(address, finished);
}

}  // namespace pullback
