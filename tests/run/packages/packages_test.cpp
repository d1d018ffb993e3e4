#include "run/packages/packages.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>

#include "base/file.h"
#include "base/process.h"
#include "base/sha256.h"
#include "run/packages/fetch.h"
#include "run/packages/index.h"
#include "run/packages/install.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

TEST(Packages, are_pinned) {
  for (const Package& package : packages()) {
    ASSERT_FALSE(package.wheels.empty()) << package.name;
    for (const Wheel& wheel : package.wheels) {
      EXPECT_EQ(wheel.sha256.size(), 64U) << wheel.project;
      EXPECT_NE(wheel.file.find(wheel.version), std::string::npos) << wheel.file;
      EXPECT_GT(wheel.bytes, 1000000) << wheel.file;
    }
  }
  EXPECT_EQ(package_named("xla-cpu").device, "cpu");
  EXPECT_THROW(package_named("xla"), Error);
}

TEST(Index, is_read_from_pip_conf) {
  EXPECT_EQ(index_in_pip_conf("[global]\ntimeout = 60\nindex-url = https://a.b/simple\n"),
            "https://a.b/simple");
  EXPECT_EQ(index_in_pip_conf("[install]\nindex_url=file:///x\r\n"), "file:///x");
  EXPECT_EQ(index_in_pip_conf("[search]\nindex-url = https://a.b\n"), "");
  EXPECT_EQ(index_in_pip_conf(""), "");
}

TEST(Index, links_are_found_and_made_absolute) {
  std::string page =
      "<a href='../../files/a-1.whl#sha256=0'>a-1.whl</a>\n"
      "<a href=\"https://f.g/b-1.whl?x=1&amp;y=2\">b-1.whl</a><a href=\"/c-1.whl\">c</a>\n"
      "<a href=\"//h.i/d-1.whl\">d</a>";
  std::string address = "https://a.b/simple/x/";
  EXPECT_EQ(link_in_page(page, address, "a-1.whl"), "https://a.b/files/a-1.whl");
  EXPECT_EQ(link_in_page(page, address, "b-1.whl"), "https://f.g/b-1.whl?x=1&y=2");
  EXPECT_EQ(link_in_page(page, address, "c-1.whl"), "https://a.b/c-1.whl");
  EXPECT_EQ(link_in_page(page, address, "d-1.whl"), "https://h.i/d-1.whl");
  EXPECT_EQ(link_in_page(page, address, "1.whl"), "");
}

void put(std::string& bytes, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i));
}

/// A zip archive of one file, stored (PKWARE's APPNOTE, 4.3).
std::string zip_of(const std::string& name, const std::string& content) {
  auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  auto common = [&](std::string& to) {
    put(to, 0, 2), put(to, 0, 2), put(to, 0, 2), put(to, 0x21, 2), put(to, crc, 4);
    put(to, content.size(), 4), put(to, content.size(), 4), put(to, name.size(), 2);
  };
  std::string local = "PK\x03\x04", central = "PK\x01\x02", end = "PK\x05\x06";
  put(local, 10, 2), common(local), put(local, 0, 2);
  local += name + content;
  put(central, 10, 2), put(central, 10, 2), common(central);
  put(central, 0, 2), put(central, 0, 2), put(central, 0, 2), put(central, 0, 2);
  put(central, 0, 4), put(central, 0, 4);
  central += name;
  put(end, 0, 4), put(end, 1, 2), put(end, 1, 2), put(end, central.size(), 4);
  put(end, local.size(), 4), put(end, 0, 2);
  return local + central + end;
}

class Install : public TemporaryFolder {
 protected:
  Install() {
    setenv("XDG_CACHE_HOME", path("cache").c_str(), 1);
    std::string zip = zip_of("lib/plugin.so", "a library");
    write("tiny-1.0.whl", zip);
    package_ = {
        .name = "tiny",
        .backend = "pjrt",
        .device = "cpu",
        .what = "a test",
        .needs = "",
        .library = "lib/plugin.so",
        .wheels = {{"tiny", "1.0", "tiny-1.0.whl", sha256(zip), static_cast<int64_t>(zip.size())}}};
  }
  ~Install() override { unsetenv("XDG_CACHE_HOME"); }
  std::string folder() const { return std::filesystem::path(path("x")).parent_path(); }

  Package package_;
};

TEST_F(Install, unpacks_what_has_the_right_hash) {
  if (!has_program("unzip")) GTEST_SKIP() << "there is no unzip here";
  EXPECT_FALSE(is_installed(package_));
  install(package_, {.index = "", .from = folder()});
  EXPECT_TRUE(is_installed(package_));
  EXPECT_EQ(library_of(package_), path("cache/pullback/backends/tiny-1.0/lib/plugin.so"));
  EXPECT_EQ(read_file(library_of(package_)), "a library");
  EXPECT_TRUE(remove_package(package_));
  EXPECT_FALSE(is_installed(package_));
}

TEST_F(Install, refuses_another_file) {
  write("tiny-1.0.whl", "something else");
  try {
    install(package_, {.index = "", .from = folder()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("its SHA-256 is\n  " + sha256("something else")),
              std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(is_installed(package_));
}

TEST_F(Install, a_download_goes_on_where_it_stopped) {
  if (!has_program("curl")) GTEST_SKIP() << "there is no curl here";
  std::string whole = read_file(path("tiny-1.0.whl"));
  write("tiny.partial", whole.substr(0, 40));
  fetch_file("file://" + path("tiny-1.0.whl"), path("tiny.partial"), {});
  EXPECT_EQ(read_file(path("tiny.partial")), whole);
  EXPECT_EQ(fetch_text("file://" + path("tiny-1.0.whl")), whole);
  EXPECT_THROW(fetch_text("file://" + path("absent")), Error);
}

}  // namespace
}  // namespace pullback
