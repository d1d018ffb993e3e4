#include "train/loop/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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

/// The drawing of these entries, in which every number must be one.
std::string drawing(const std::string& title, const std::vector<LogEntry>& entries) {
  std::string svg = draw_curves(title, entries);
  for (const char* no_number : {"nan", "inf"}) {
    EXPECT_EQ(svg.find(no_number), std::string::npos) << title << "\n" << svg;
  }
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  return svg;
}

TEST(Curves, have_a_point_per_entry) {
  std::vector<LogEntry> entries;
  for (int i = 1; i <= 8; ++i) {
    LogEntry e{.step = i * 50, .epoch = i / 4.0, .loss = 2.0 / i, .accuracy = 1 - 0.5 / i};
    if (i % 4 == 0) {
      e.test_loss = 2.1 / i;
      e.test_accuracy = 0.9;
    }
    entries.push_back(e);
  }
  std::string svg = drawing("a<b & c", entries);
  EXPECT_NE(svg.find("a&lt;b &amp; c"), std::string::npos);
  EXPECT_NE(svg.find("test 0.9000"), std::string::npos);
  size_t circles = 0;
  for (size_t at = 0; (at = svg.find("<circle", at)) != std::string::npos; ++at) ++circles;
  EXPECT_EQ(circles, 4u);  // two tests: their losses and accuracies
}

TEST(Curves, of_strange_logs_are_drawn) {
  drawing("empty", {});
  constexpr double values[] = {0,      1,    0.5,   2,        -1,        1e-300,
                               1e-320, 1e30, 1e300, INFINITY, -INFINITY, NAN};
  for (double a : values) {
    for (double b : values) {
      const std::string title = "strange";
      drawing(title, {{.step = 1, .epoch = 0.1, .loss = a, .accuracy = b}});
      drawing(title, {{.step = 1, .epoch = a, .loss = b, .accuracy = 1}});
      drawing(title, {{.step = 1, .epoch = 1, .loss = 1, .accuracy = a, .test_loss = b}});
      LogEntry tested{.step = 1, .epoch = 1, .loss = a, .accuracy = b, .test_loss = b};
      tested.test_accuracy = a;
      drawing(title, {tested, tested});
    }
  }
}

}  // namespace
}  // namespace pullback
