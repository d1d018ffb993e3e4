#include "data/tar.h"

#include "base/random.h"
#include "tests/data/pictures.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

class TarFile : public TemporaryFolder {
 protected:
  /// "path=content" of each member.
  static std::vector<std::string> contents(const Tar& tar) {
    std::vector<std::string> texts;
    for (const Tar::Member& member : tar.members()) {
      std::vector<uint8_t> bytes = tar.read(member);
      texts.push_back(member.path + "=" + std::string(bytes.begin(), bytes.end()));
    }
    return texts;
  }
};

const std::string long_name = std::string(120, 'a') + "/" + std::string(90, 'b') + ".jpg";

TEST_F(TarFile, lists_and_reads_plain_and_gzipped) {
  std::string bytes = test::make_tar({{"train/", ""},
                                      {"train/one", "first"},
                                      {long_name, std::string(1000, 'x')},
                                      {"pax:ünï/" + long_name, "third"},
                                      {"empty", ""}});
  const std::vector<std::string> expected{"train/one=first",
                                          long_name + "=" + std::string(1000, 'x'),
                                          "ünï/" + long_name + "=third", "empty="};
  EXPECT_EQ(contents(Tar(write("a.tar", bytes))), expected);
  EXPECT_EQ(contents(Tar(write("a.tar.gz", test::gzipped(bytes)))), expected);
  // As some writers do, without the two empty blocks at the end.
  EXPECT_EQ(contents(Tar(write("b.tar", bytes.substr(0, bytes.size() - 1024)))), expected);
}

TEST_F(TarFile, what_is_damaged_is_named) {
  std::string bytes = test::make_tar({{"one", "first"}, {"two", std::string(2000, 'x')}});
  expect_error([&] { Tar{path("none")}; }, "cannot open '" + path("none") + "'");
  expect_error([&] { Tar{write("cut.tar", bytes.substr(0, 2000))}; }, "cut.tar",
               "cut short within 'two'");
  expect_error([&] { Tar{write("half.tar", bytes.substr(0, 1100))}; }, "half.tar", "cut short");
  std::string flipped = bytes;
  flipped[1024 + 2] ^= 1;
  expect_error([&] { Tar{write("flipped.tar", flipped)}; }, "flipped.tar", "at byte 1024");
  expect_error([&] { Tar{write("text.tar", std::string(5000, 'x'))}; }, "no tar archive",
               "at byte 0");
  std::string zipped = test::gzipped(bytes);
  expect_error([&] { Tar{write("cut.tgz", zipped.substr(0, zipped.size() - 10))}; }, "cut.tgz",
               "damaged or cut short");
}

TEST_F(TarFile, no_mutation_crashes) {
  std::string whole = test::make_tar({{"one", "first"}, {long_name, "second"}, {"pax:three", "x"}});
  Random random(1, "tar mutations");
  for (int i = 0; i < 300; ++i) {
    std::string bytes =
        whole.substr(0, random.below(4) == 0 ? random.below(whole.size()) : whole.size());
    for (uint64_t k = random.below(4); k > 0 && !bytes.empty(); --k) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    }
    try {
      contents(Tar(write("mutant.tar", bytes)));
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("mutant.tar"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace pullback
