#include "train/loop/events.h"

#include <cstring>

#include "base/file.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

/// The records' contents; every checksum is checked.
std::vector<std::string> records(const std::string& bytes) {
  auto masked = [](std::string_view text) {
    uint32_t crc = crc32c(text);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
  };
  auto word = [&](size_t at) {
    uint32_t value;
    std::memcpy(&value, bytes.data() + at, 4);
    return value;
  };
  std::vector<std::string> found;
  for (size_t at = 0; at < bytes.size();) {
    uint64_t length;
    std::memcpy(&length, bytes.data() + at, 8);
    EXPECT_EQ(word(at + 8), masked(bytes.substr(at, 8)));
    found.push_back(bytes.substr(at + 12, length));
    EXPECT_EQ(word(at + 12 + length), masked(found.back()));
    at += 12 + length + 4;
  }
  return found;
}

using Events = TemporaryFolder;

TEST_F(Events, checksum_is_castagnolis) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
}

TEST_F(Events, are_records_and_those_after_a_step_go) {
  std::string file = path("events");
  {
    EventFile events(file, 0);
    for (int64_t step : {50, 100, 300}) events.append({.step = step, .loss = 0.5});
    events.append({.step = 400, .test_loss = 0.25, .test_accuracy = 0.75});
  }
  std::string whole = read_file(file);
  std::vector<std::string> all = records(whole);
  ASSERT_EQ(all.size(), 5u);
  EXPECT_NE(all[0].find("brain.Event:2"), std::string::npos);
  EXPECT_NE(all[1].find("loss/training"), std::string::npos);
  EXPECT_EQ(all[1].find("accuracy/test"), std::string::npos);
  EXPECT_NE(all[4].find("accuracy/test"), std::string::npos);
  // A record cut short by a crash goes, too.
  write_file(file, whole.substr(0, whole.size() - 3));
  { EventFile events(file, 400); }
  EXPECT_EQ(records(read_file(file)).size(), 4u);
  { EventFile events(file, 100); }
  EXPECT_EQ(records(read_file(file)).size(), 3u);
  { EventFile events(file, 0); }
  EXPECT_EQ(records(read_file(file)).size(), 1u);
}

}  // namespace
}  // namespace pullback
