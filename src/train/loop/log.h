#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pullback {

/// One line of a run's log.
struct LogEntry {
  int64_t step = 0;  ///< steps done
  double epoch = 0;  ///< epochs done, with fractions
  double loss = 0;   ///< mean over the steps since the last line
  double accuracy = 0;
  double rate = 0;  ///< learning rate
  double images_per_second = 0;
  /// At the end of an epoch; else negative.
  double test_loss = -1, test_accuracy = -1;
};

/// The entries of a log; a line cut short by a crash has none. Throws Error if it cannot be read.
std::vector<LogEntry> read_log(const std::string& path);

/// log.jsonl: one JSON object a line, appended as training goes on.
class RunLog {
 public:
  /// Opens the log of a run that has done `steps`, dropping the lines after them, so that a resumed
  /// run neither repeats nor misses a line.
  RunLog(std::string path, int64_t steps);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  void append(const LogEntry& entry);
  /// What was appended is on the disk; done before a checkpoint, so that no line is missed.
  void sync();
  const std::vector<LogEntry>& entries() const { return entries_; }

 private:
  std::string path_;
  int file_ = -1;
  std::vector<LogEntry> entries_;
};

}  // namespace pullback
