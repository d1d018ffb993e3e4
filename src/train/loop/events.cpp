#include "train/loop/events.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace pullback {

namespace {

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_varint(std::string& bytes, uint64_t value) {
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
  bytes += static_cast<char>(value);
}

void put_bytes(std::string& bytes, char tag, const std::string& content) {
  bytes += tag;
  put_varint(bytes, content.size());
  bytes += content;
}

uint32_t masked(uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8u; }

std::string record(const std::string& event) {
  std::string bytes;
  put(bytes, static_cast<uint64_t>(event.size()));
  put(bytes, masked(crc32c(bytes)));
  bytes += event;
  put(bytes, masked(crc32c(event)));
  return bytes;
}

double now() {
  auto time = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

/// Field 1, the wall time, and field 2, the step, stand first in each of our events.
constexpr size_t step_at = 1 + 8 + 1;

std::string event_head(int64_t step) {
  std::string event = "\x09";
  put(event, now());
  event += '\x10';
  put_varint(event, static_cast<uint64_t>(step));
  return event;
}

uint64_t step_of(std::string_view event) {
  uint64_t step = 0;
  int shift = 0;
  for (size_t i = step_at; i < event.size() && shift < 63; ++i, shift += 7) {
    auto byte = static_cast<unsigned char>(event[i]);
    step |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return step;
  }
  return ~uint64_t{0};
}

/// The whole records of the file up to a step.
std::string kept_records(const std::string& bytes, int64_t steps) {
  size_t at = 0;
  while (at + 12 <= bytes.size()) {
    uint64_t length;
    std::memcpy(&length, bytes.data() + at, 8);
    if (length < step_at || length > bytes.size() - at - 12 ||
        bytes.size() - at - 12 - length < 4) {
      break;
    }
    if (step_of(std::string_view(bytes).substr(at + 12, length)) > static_cast<uint64_t>(steps))
      break;
    at += 12 + length + 4;
  }
  return bytes.substr(0, at);
}

void add_scalar(std::string& summary, const std::string& name, double number) {
  std::string value;
  put_bytes(value, '\x0a', name);
  value += '\x15';
  put(value, static_cast<float>(number));
  put_bytes(summary, '\x0a', value);
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t crc = i;
      for (int k = 0; k < 8; ++k) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
      t[i] = crc;
    }
    return t;
  }();
  uint32_t crc = ~0u;
  for (char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) & 255] ^ crc >> 8;
  return ~crc;
}

EventFile::EventFile(std::string path, int64_t steps) : path_(std::move(path)) {
  std::string kept;
  if (steps > 0 && std::filesystem::exists(path_)) kept = kept_records(read_file(path_), steps);
  if (kept.empty()) {
    std::string event = event_head(0);
    put_bytes(event, '\x1a', "brain.Event:2");
    kept = record(event);
  }
  write_file(path_, kept);
  file_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file_ < 0) throw Error("cannot write '" + path_ + "': " + std::strerror(errno));
}

EventFile::~EventFile() {
  if (file_ >= 0) close(file_);
}

void EventFile::append(const LogEntry& entry) {
  std::string event = event_head(entry.step), summary;
  add_scalar(summary, "loss/training", entry.loss);
  add_scalar(summary, "accuracy/training", entry.accuracy);
  add_scalar(summary, "learning rate", entry.rate);
  add_scalar(summary, "images per second", entry.images_per_second);
  if (entry.test_accuracy >= 0) {
    add_scalar(summary, "loss/test", entry.test_loss);
    add_scalar(summary, "accuracy/test", entry.test_accuracy);
  }
  put_bytes(event, '\x2a', summary);
  write(record(event));
}

void EventFile::write(const std::string& bytes) {
  for (std::string_view rest = bytes; !rest.empty();) {
    ssize_t written = ::write(file_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw Error("cannot write '" + path_ + "': " + std::strerror(errno));
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace pullback
