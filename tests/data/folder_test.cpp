#include "data/folder.h"

#include "data/png.h"
#include "tests/data/pictures.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

constexpr ImageSize size{8, 8, 3};

class Folder : public TemporaryFolder {
 protected:
  Folder() : jpeg(test::encode_jpeg(test::gradient(9, 12))) {}

  void add(const std::string& name) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    write(name, jpeg);
  }
  std::string archive(const std::vector<std::string>& names, bool zip = false) const {
    std::vector<std::pair<std::string, std::string>> members;
    for (const std::string& name : names) members.emplace_back(name, jpeg);
    std::string bytes = test::make_tar(members);
    return zip ? write("a.tar.gz", test::gzipped(bytes)) : write("a.tar", bytes);
  }
  /// "label name" of each picture; the names without what is before the split.
  static std::vector<std::string> pictures(const Dataset& data) {
    std::vector<std::string> texts;
    for (int64_t i = 0; i < data.count; ++i) {
      std::string name = data.name(i);
      texts.push_back(std::to_string(data.labels[static_cast<size_t>(i)]) + " " +
                      name.substr(name.find_first_of("tv", name.rfind(": ") + 1)));
    }
    return texts;
  }

  std::string jpeg;
};

using Names = std::vector<std::string>;

TEST_F(Folder, a_directory_and_archives_give_the_same) {
  const Names files{"set/train/cat/2.JPEG", "set/train/cat/1.jpg", "set/train/ant/z.png",
                    "set/val/cat/3.jpg",    "set/val/ant/4.jpeg",  "set/readme.txt",
                    "set/train/cat/._1.jpg"};
  for (const std::string& file : files) add("data/" + file);
  for (const std::string& place : {path("data"), archive(files), archive(files, true)}) {
    SCOPED_TRACE(place);
    ImageFolder folder(place);
    EXPECT_EQ(folder.classes(), (Names{"ant", "cat"}));
    EXPECT_EQ(folder.left_out(), 2);
    EXPECT_FALSE(folder.test_is_cut_off());
    Dataset training = folder.load(Split::train, size), test = folder.load(Split::test, size);
    EXPECT_EQ(training.labels, (std::vector<int32_t>{0, 1, 1}));
    EXPECT_EQ(test.labels, (std::vector<int32_t>{0, 1}));
    EXPECT_EQ(training.class_names, (Names{"ant", "cat"}));
    EXPECT_TRUE(training.name(1).ends_with("set/train/cat/1.jpg")) << training.name(1);
    Picture scratch;
    EXPECT_EQ(test.picture(1, scratch).width, 12);
  }
}

TEST_F(Folder, test_comes_before_val_and_a_tenth_stands_in_for_either) {
  Names files;
  for (int i = 0; i < 20; ++i) files.push_back("cat/" + std::to_string(100 + i) + ".jpg");
  ImageFolder flat(archive(files));
  EXPECT_TRUE(flat.test_is_cut_off());
  EXPECT_EQ(flat.load(Split::train, size).count, 18);
  Dataset test = flat.load(Split::test, size);
  ASSERT_EQ(test.count, 2);
  EXPECT_TRUE(test.name(0).ends_with("cat/109.jpg"));
  ImageFolder both(archive({"train/a/1.jpg", "val/a/2.jpg", "test/a/3.jpg"}));
  EXPECT_TRUE(both.load(Split::test, size).name(0).ends_with("test/a/3.jpg"));
}

TEST_F(Folder, mistakes_are_named) {
  expect_error([&] { ImageFolder(path("none")); }, "there is no folder or archive", "train/CLASS");
  add("plain/1.jpg");
  expect_error([&] { ImageFolder(path("plain")); }, "no pictures for training", "train/CLASS");
  expect_error(
      [&] {
        ImageFolder(archive({"train/a/1.jpg", "val/b/2.jpg"}));
      },
      "val/b/2.jpg", "class 'b'", "no pictures for training");
  std::filesystem::create_directories(path("two"));
  write("two/a.tar", "");
  write("two/b.tar", "");
  expect_error([&] { ImageFolder(path("two")); }, "several archives", "a.tar", "b.tar");
  std::string tar = write("bad.tar", test::make_tar({{"train/a/1.jpg", jpeg.substr(0, 500)},
                                                     {"train/a/2.png", "text"},
                                                     {"train/a/3.png", ""}}));
  Dataset data = ImageFolder(tar).load(Split::train, size);
  Picture scratch;
  expect_error([&] { data.picture(0, scratch); }, "bad.tar: train/a/1.jpg", "cut short");
  expect_error([&] { data.picture(1, scratch); }, "bad.tar: train/a/2.png", "neither a JPEG nor");
  expect_error([&] { data.picture(2, scratch); }, "bad.tar: train/a/3.png", "it is empty");
}

TEST_F(Folder, png_keeps_its_pixels) {
  Picture original = test::gradient(5, 7);
  std::string bytes = encode_png(original.view());
  write("p.png", bytes);
  EXPECT_EQ(read_picture(path("p.png"), 3).pixels, original.pixels);
  EXPECT_EQ(read_picture(path("p.png"), 1).channels, 1);
}

}  // namespace
}  // namespace pullback
