#include "base/file.h"

#include "tests/temporary_folder.h"

namespace pullback {
namespace {

using File = TemporaryFolder;

TEST_F(File, what_is_written_is_read) {
  std::string bytes(300000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  write_file(path("a"), bytes);
  EXPECT_EQ(read_file(path("a")), bytes);
}

TEST_F(File, writing_replaces_the_whole_file_and_leaves_nothing_beside_it) {
  write("a", "a longer old content");
  write("a.partial", "left behind by a crash");
  write_file(path("a"), "new");
  EXPECT_EQ(read_file(path("a")), "new");
  EXPECT_FALSE(std::filesystem::exists(path("a.partial")));
}

TEST_F(File, a_write_that_fails_leaves_the_old_file) {
  write("a", "old");
  std::filesystem::create_directory(path("a.partial"));
  expect_error([&] { write_file(path("a"), "new"); }, "cannot write", path("a"));
  EXPECT_EQ(read_file(path("a")), "old");
}

TEST_F(File, errors_name_the_file_and_the_reason) {
  expect_error([&] { read_file(path("none")); }, path("none"), "No such file");
  expect_error([&] { read_file(path("")); }, "Is a directory");
  expect_error([&] { write_file(path("none/a"), "x"); }, path("none/a"), "No such file");
}

}  // namespace
}  // namespace pullback
