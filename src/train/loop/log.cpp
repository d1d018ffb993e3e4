#include "train/loop/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/file.h"

namespace pullback {

namespace {

using nlohmann::ordered_json;

std::string line_of(const LogEntry& e) {
  ordered_json line = {{"step", e.step}, {"epoch", e.epoch},
                       {"loss", e.loss}, {"accuracy", e.accuracy},
                       {"lr", e.rate},   {"images_per_second", e.images_per_second}};
  if (e.test_accuracy >= 0) {
    line["test_loss"] = e.test_loss;
    line["test_accuracy"] = e.test_accuracy;
  }
  return line.dump() + "\n";
}

/// The entry of a line; a line cut short by a crash has none.
std::optional<LogEntry> read_line(const std::string& text) {
  ordered_json line = ordered_json::parse(text, nullptr, false);
  if (!line.is_object() || !line.contains("step") || !line["step"].is_number_integer()) return {};
  auto number = [&](const char* key, double otherwise) {
    return line.contains(key) && line[key].is_number() ? line[key].get<double>() : otherwise;
  };
  return LogEntry{.step = line["step"].get<int64_t>(),
                  .epoch = number("epoch", 0),
                  .loss = number("loss", 0),
                  .accuracy = number("accuracy", 0),
                  .rate = number("lr", 0),
                  .images_per_second = number("images_per_second", 0),
                  .test_loss = number("test_loss", -1),
                  .test_accuracy = number("test_accuracy", -1)};
}

}  // namespace

std::vector<LogEntry> read_log(const std::string& path) {
  std::vector<LogEntry> entries;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) {
    if (std::optional<LogEntry> entry = read_line(line)) entries.push_back(*entry);
  }
  return entries;
}

RunLog::RunLog(std::string path, int64_t steps) : path_(std::move(path)) {
  std::string kept;
  if (steps > 0 && std::filesystem::exists(path_)) {
    std::istringstream text(read_file(path_));
    for (std::string line; std::getline(text, line);) {
      std::optional<LogEntry> entry = read_line(line);
      if (!entry || entry->step > steps) continue;
      entries_.push_back(*entry);
      kept += line + "\n";
    }
  }
  write_file(path_, kept);
  file_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file_ < 0) throw Error("cannot write '" + path_ + "': " + std::strerror(errno));
}

RunLog::~RunLog() {
  if (file_ >= 0) close(file_);
}

void RunLog::append(const LogEntry& entry) {
  std::string line = line_of(entry);
  for (std::string_view rest = line; !rest.empty();) {
    ssize_t written = write(file_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw Error("cannot write '" + path_ + "': " + std::strerror(errno));
    rest.remove_prefix(static_cast<size_t>(written));
  }
  entries_.push_back(entry);
}

void RunLog::sync() {
  if (fsync(file_) != 0 && errno != EINVAL && errno != EROFS) {
    throw Error("cannot write '" + path_ + "': " + std::strerror(errno));
  }
}

}  // namespace pullback
