#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/random.h"
#include "tests/cli/process.h"
#include "tests/data/pictures.h"
#include "tests/temporary_folder.h"

/// `pullback data`, and training on pictures of one's own.
namespace pullback {
namespace {

using Words = std::vector<std::string>;

/// The folder has photos.tar: 40 training and 10 test JPEGs of each of two classes, one red, one
/// blue, of various sizes; and net.toml, a network for them.
class Pictures : public TemporaryFolder {
 protected:
  Pictures() {
    for (const char* part : {"train", "val"}) {
      for (int c = 0; c < 2; ++c) {
        for (int i = 0; i < (part[0] == 't' ? 40 : 10); ++i) {
          std::string name = std::string(part) + (c == 0 ? "/red/" : "/sky/") + std::to_string(i);
          members_.emplace_back(name + ".jpg", photo(c, name));
        }
      }
    }
    write("photos.tar", test::make_tar(members_));
    write("net.toml",
          "[network]\ninput = [16, 16, 3]\nclasses = 2\n[[layer]]\nkind = 'flatten'\n"
          "[[layer]]\nkind = 'dense'\nout = 2\n");
  }

  static std::string photo(int c, const std::string& name) {
    Random random(1, name);
    Picture p(static_cast<int64_t>(16 + random.below(20)),
              static_cast<int64_t>(16 + random.below(20)), 3);
    for (size_t i = 0; i < p.pixels.size(); ++i) {
      p.pixels[i] =
          static_cast<uint8_t>(random.below(100) + (i % 3 == (c == 0 ? 0 : 2) ? 120 : 20));
    }
    return test::encode_jpeg(p);
  }

  Outcome run(const Words& words) const { return run_program(words, path("")); }
  Outcome good(const Words& words) const {
    Outcome outcome = run(words);
    EXPECT_EQ(outcome.status, 0) << outcome.err << outcome.out;
    return outcome;
  }
  static void expect_text(const std::string& text, const Words& parts) {
    for (const std::string& part : parts) {
      EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in:\n" << text;
    }
  }
  void bad(const Words& words, const Words& parts) const {
    Outcome outcome = run(words);
    EXPECT_EQ(outcome.status, 1) << outcome.out;
    expect_text(outcome.err, parts);
  }

  std::vector<std::pair<std::string, std::string>> members_;
};

TEST_F(Pictures, are_listed_verified_measured_and_shown) {
  expect_text(good({"data", "list"}).out, {"mnist", "60,000", "cifar10", "folder"});
  expect_text(good({"data", "list", "photos.tar"}).out,
              {"folder", "80", "20", "classes: red, sky"});
  expect_text(good({"data", "verify", "photos.tar"}).out,
              {"training: 80 of 80 pictures decode", "0 pictures in training twice"});
  expect_text(good({"data", "stats", "folder:photos.tar", "--size", "16"}).out,
              {"red", "40", "mean 0.", "deviation 0."});
  good({"data", "show", "photos.tar", "--size", "32", "--columns", "3", "-o", "s.png"});
  EXPECT_EQ(read_file(path("s.png")).substr(1, 3), "PNG");
  auto rate = nlohmann::json::parse(
      good({"data", "rate", "photos.tar", "--size", "16", "--seconds", "0.1", "--json"}).out);
  EXPECT_GT(rate.at("images_per_second"), 0);
}

TEST_F(Pictures, that_are_damaged_or_repeated_are_named) {
  members_[3].second.resize(300);
  members_.emplace_back("val/sky/again.jpg", members_[0].second);
  write("bad.tar", test::make_tar(members_));
  Outcome outcome = run({"data", "verify", "bad.tar"});
  EXPECT_EQ(outcome.status, 1);
  expect_text(outcome.out, {"79 of 80 pictures decode", "bad.tar: train/red/3.jpg", "cut short",
                            "1 picture in training as well as in the test",
                            "train/red/0.jpg = bad.tar: val/sky/again.jpg"});
  bad({"train", "net.toml", "--data", "bad.tar"}, {"bad.tar: train/red/3.jpg", "cut short"});
  EXPECT_FALSE(std::filesystem::exists(path("runs")));
}

TEST_F(Pictures, train_evaluate_and_predict) {
  good({"train", "net.toml", "--data", "photos.tar", "--batch", "8", "--epochs", "3", "--out",
        "run", "--lr", "0.05"});
  expect_text(good({"eval", "--run", "run"}).out,
              {"0 red", "1 sky", "test accuracy 1.0000 (20/20)"});
  write("mine.jpg", photo(1, "mine"));
  auto answer = nlohmann::json::parse(good({"predict", "mine.jpg", "--run", "run", "--json"}).out);
  EXPECT_EQ(answer.at("class_name"), "sky");
  expect_text(good({"predict", "test:0", "--run", "run"}).out, {"prediction 0 red", "label 0 red"});
  good({"train", "--resume", "run"});
  members_.pop_back();
  write("photos.tar", test::make_tar(members_));
  bad({"train", "--resume", "run"},
      {"'run' cannot go on", "test images: 19 now, 20 when it began"});
  bad({"eval", "--run", "run", "--data", PULLBACK_ROOT "/data/mnist"}, {"other classes"});
}

TEST_F(Pictures, are_augmented_cached_and_held_out) {
  good({"data", "show", "photos.tar", "--size", "32", "--augment", "resized-crop,flip,jitter:0.4"});
  Outcome run = good({"train", "net.toml", "--data", "photos.tar", "--batch", "8", "--epochs", "2",
                      "--out", "run", "--cache", "cache", "--validation", "0.25", "--augment",
                      "crop:2,flip", "--eval-every", "3", "--json"});
  auto result = nlohmann::json::parse(run.out);
  EXPECT_EQ(result.at("test_images"), 20);
  EXPECT_GT(result.at("best_step"), 0);
  expect_text(run.err, {"augmentation crop:2,flip", "validation accuracy"});
  EXPECT_TRUE(std::filesystem::exists(path("cache/train.pictures")));
  for (const char* file : {"confusion.svg", "best.safetensors", "events.out.tfevents.0"}) {
    EXPECT_TRUE(std::filesystem::exists(path("run/") + file)) << file;
  }
  good({"train", "--resume", "run"});
  good({"eval", "--run", "run", "--best", "--svg", "c.svg"});
  EXPECT_TRUE(read_file(path("c.svg")).starts_with("<svg "));
  good({"train", "net.toml", "--data", "photos.tar", "--batch", "8", "--epochs", "1", "--out",
        "next", "--init", "run/best.safetensors"});
  expect_text(good({"runs", "run", "next", "--svg", "r.svg"}).out, {"run", "next", "crop:2,flip"});
  EXPECT_TRUE(read_file(path("r.svg")).starts_with("<svg "));
  EXPECT_EQ(nlohmann::json::parse(good({"runs", "run", "--json"}).out).size(), 1u);
  bad({"runs"}, {"there are no runs below runs/"});
  bad({"train", "net.toml", "--data", "photos.tar", "--augment", "flop"}, {"--augment: 'flop'"});
  bad({"train", "net.toml", "--data", "photos.tar", "--validation", "1"}, {"--validation is 1.0"});
}

TEST_F(Pictures, that_are_not_there_are_asked_for) {
  write("cifar.toml",
        "[network]\ninput = [32, 32, 3]\nclasses = 10\n[[layer]]\nkind = 'flatten'\n"
        "[[layer]]\nkind = 'dense'\nout = 10\n");
  bad({"train", "cifar.toml", "--data", "nowhere"},
      {"CIFAR-10 is not there", "cifar-10-binary.tar.gz"});
  bad({"train", "net.toml", "--data", "folder:nowhere"}, {"no folder or archive 'nowhere'"});
  bad({"train", "net.toml", "--data", "imagenet:x"}, {"--data is 'imagenet:x'; give mnist:FOLDER"});
  bad({"data", "verify"}, {"say which data: mnist:FOLDER"});
  bad({"data", "show", "photos.tar", "--split", "dev"}, {"--split is 'dev'"});
}

}  // namespace
}  // namespace pullback
