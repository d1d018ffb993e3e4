#include "data/cache.h"

#include "data/folder.h"
#include "tests/data/pictures.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

class Cache : public TemporaryFolder {
 protected:
  /// Pictures of `heights`.
  Dataset data(const std::vector<int64_t>& heights) const {
    std::vector<std::pair<std::string, std::string>> members;
    for (size_t i = 0; i < heights.size(); ++i) {
      members.emplace_back("train/a/" + std::to_string(i) + ".jpg",
                           test::encode_jpeg(test::gradient(heights[i], 30)));
    }
    members.emplace_back("val/a/1.jpg", members[0].second);
    return ImageFolder(write("a.tar", test::make_tar(members))).load(Split::train, {8, 8, 3});
  }
  void expect_same(const Dataset& a, const Dataset& b) {
    Picture x, y;
    for (int64_t i = 0; i < a.count; ++i) {
      PictureView p = a.picture(i, x), q = b.picture(i, y);
      ASSERT_EQ(p.height, q.height);
      EXPECT_TRUE(std::equal(p.pixels, p.pixels + p.height * p.stride, q.pixels));
      EXPECT_EQ(a.name(i), b.name(i));
    }
  }
};

TEST_F(Cache, gives_the_same_pixels_and_is_made_again_for_other_pictures) {
  Dataset few = data({20, 21, 22});
  expect_same(few, with_cache(few, path("c"), 2));
  auto made = std::filesystem::last_write_time(path("c"));
  expect_same(few, with_cache(few, path("c"), 1));
  EXPECT_EQ(std::filesystem::last_write_time(path("c")), made);
  Dataset others = data({20, 40, 22});
  expect_same(others, with_cache(others, path("c"), 2));
  std::filesystem::resize_file(path("c"), 200);
  expect_same(others, with_cache(others, path("c"), 2));
}

TEST_F(Cache, what_cannot_be_written_is_named) {
  Dataset few = data({20});
  expect_error([&] { with_cache(few, path("no/c"), 1); }, "cannot write", "no/c.partial");
}

}  // namespace
}  // namespace pullback
