#include "train/loop/log.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/temporary_folder.h"
#include "train/loop/curves.h"

namespace pullback {
namespace {

using Log = TemporaryFolder;

TEST_F(Log, keeps_the_lines_up_to_a_step) {
  std::string file = path("log.jsonl");
  {
    RunLog log(file, 0);
    for (int64_t step : {10, 20, 30}) log.append({.step = step, .loss = 1.0 / 3});
    log.sync();
  }
  write_file(file, read_file(file) + "{\"step\": 40, \"ep");
  RunLog log(file, 20);
  ASSERT_EQ(log.entries().size(), 2u);
  EXPECT_EQ(log.entries()[1].step, 20);
  EXPECT_EQ(log.entries()[1].loss, 1.0 / 3);
  EXPECT_LT(log.entries()[1].test_accuracy, 0);
  std::string text = read_file(file);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST_F(Log, starts_empty_with_a_new_run) {
  std::string file = write("log.jsonl", "{\"step\": 1}\n");
  EXPECT_TRUE(RunLog(file, 0).entries().empty());
  EXPECT_EQ(read_file(file), "");
}

TEST(Curves, have_a_point_per_entry_and_no_nan) {
  std::vector<LogEntry> entries;
  for (int i = 1; i <= 8; ++i) {
    LogEntry e{.step = i * 50, .epoch = i / 4.0, .loss = 2.0 / i, .accuracy = 1 - 0.5 / i};
    if (i % 4 == 0) {
      e.test_loss = 2.1 / i;
      e.test_accuracy = 0.9;
    }
    entries.push_back(e);
  }
  std::string svg = draw_curves("a<b & c", entries);
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("a&lt;b &amp; c"), std::string::npos);
  EXPECT_EQ(svg.find("nan,"), std::string::npos);
  EXPECT_NE(svg.find("test 0.9000"), std::string::npos);
}

TEST(Curves, of_strange_logs_are_drawn) {
  EXPECT_EQ(draw_curves("empty", {}).find("nan,"), std::string::npos);
  LogEntry zero{.step = 1, .epoch = 0.1, .loss = 0, .accuracy = 1};
  EXPECT_EQ(draw_curves("zero", {zero}).find("nan,"), std::string::npos);
  LogEntry huge{.step = 1, .epoch = 0.1, .loss = 1e30, .accuracy = 0};
  std::string svg = draw_curves("huge", {huge});
  EXPECT_EQ(svg.find("nan,"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

}  // namespace
}  // namespace pullback
