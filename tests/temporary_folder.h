#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pullback {

/// A test with a folder of its own that goes away with it.
class TemporaryFolder : public testing::Test {
 protected:
  TemporaryFolder() {
    const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("pullback.") + info->test_suite_name() + "." + info->name() + "." +
               std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~TemporaryFolder() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// Writes a file as it is and returns its path.
  std::string write(const std::string& name, std::string_view bytes) const {
    // Some file systems wait for the disk when a file is cut to nothing and written again.
    std::filesystem::remove(path(name));
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

 private:
  std::filesystem::path folder_;
};

/// The message of the Error that f() throws; "" with a test failure if it throws none.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return "";
}

/// Expects f() to throw an Error whose message contains each of `parts`.
template <class F, class... Parts>
void expect_error(F&& f, Parts... parts) {
  std::string message = error_of(f);
  auto expect = [&](std::string_view part) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
  };
  (expect(parts), ...);
}

}  // namespace pullback
