#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "train/loop/log.h"

namespace pullback {

/// A TensorBoard event file: the log's numbers as scalars. A record is its length (8 bytes), the
/// length's masked CRC-32C, the event (protobuf: 1 wall time, 2 step, 3 version, 5 summary), and
/// its masked CRC-32C, all little-endian.
/// https://github.com/tensorflow/tensorboard/blob/master/tensorboard/summary/writer/record_writer.py
class EventFile {
 public:
  /// Opens the file of a run that has done `steps`, dropping the events after them.
  EventFile(std::string path, int64_t steps);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  void append(const LogEntry& entry);

 private:
  void write(const std::string& bytes);

  std::string path_;
  int file_ = -1;
};

/// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) of the bytes.
uint32_t crc32c(std::string_view bytes);

}  // namespace pullback
