#include "data/cifar10.h"

#include "data/open.h"
#include "tests/data/pictures.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

/// Records whose red plane is `first`, `first` + 1, …, green 100, blue 200.
std::string records(int count, int first) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    bytes += static_cast<char>((first + i) % 10);
    bytes += std::string(1024, static_cast<char>(first + i)) + std::string(1024, 100) +
             std::string(1024, static_cast<char>(200));
  }
  return bytes;
}

using Cifar10 = TemporaryFolder;

TEST_F(Cifar10, reads_files_gzipped_files_and_the_archive) {
  std::vector<std::pair<std::string, std::string>> members;
  std::filesystem::create_directories(path("plain/cifar-10-batches-bin"));
  std::filesystem::create_directories(path("gz"));
  for (int i = 1; i <= 6; ++i) {
    std::string name = i == 6 ? "test_batch.bin" : "data_batch_" + std::to_string(i) + ".bin";
    std::string bytes = records(3, i * 10);
    write("plain/cifar-10-batches-bin/" + name, bytes);
    write("gz/" + name + ".gz", test::gzipped(bytes));
    members.emplace_back("cifar-10-batches-bin/" + name, bytes);
  }
  std::string archive = write("cifar-10-binary.tar.gz", test::gzipped(test::make_tar(members)));
  for (const std::string& place : {path("plain"), path("gz"), archive, path("")}) {
    SCOPED_TRACE(place);
    EXPECT_EQ(parse_data_spec(place, DataKind::mnist).kind, DataKind::cifar10);
    Dataset training = load_cifar10(place, Split::train), test = load_cifar10(place, Split::test);
    EXPECT_EQ(training.count, 15);
    EXPECT_EQ(test.labels, (std::vector<int32_t>{0, 1, 2}));
    const uint8_t* pixel = training.image(4) + 3 * 500;
    EXPECT_EQ(pixel[0], 21);
    EXPECT_EQ(pixel[1], 100);
    EXPECT_EQ(pixel[2], 200);
    EXPECT_EQ(training.class_name(9), "truck");
  }
}

TEST_F(Cifar10, mistakes_say_what_to_do) {
  expect_error([&] { load_cifar10(path("none"), Split::test); }, "CIFAR-10 is not there",
               "cifar-10-binary.tar.gz", "--data cifar10:FOLDER");
  expect_error([&] { load_cifar10(path(""), Split::test); }, "'test_batch.bin' is not in",
               "cifar-10-binary.tar.gz");
  write("test_batch.bin", records(2, 0) + "x");
  expect_error([&] { load_cifar10(path(""), Split::test); }, "test_batch.bin", "6147 bytes",
               "records of 3073");
  std::string bytes = records(2, 0);
  bytes[3073] = 10;
  write("test_batch.bin", bytes);
  expect_error([&] { load_cifar10(path(""), Split::test); }, "record 1 has label 10");
}

TEST_F(Cifar10, data_is_named_by_kind_and_path) {
  EXPECT_EQ(parse_data_spec("folder:x", DataKind::mnist), (DataSpec{DataKind::folder, "x"}));
  EXPECT_EQ(parse_data_spec("cifar10:a:b", DataKind::mnist), (DataSpec{DataKind::cifar10, "a:b"}));
  EXPECT_EQ(parse_data_spec("nowhere", DataKind::cifar10),
            (DataSpec{DataKind::cifar10, "nowhere"}));
  expect_error([] { parse_data_spec("svhn:x", DataKind::mnist); }, "--data is 'svhn:x'",
               "cifar10:FOLDER");
  expect_error([] { parse_data_spec("x.tar", DataKind::mnist); }, "there is no archive 'x.tar'");
  EXPECT_EQ(default_data({32, 32, 3}, "/r").text(), "cifar10:data/cifar10");
  EXPECT_EQ(default_data({224, 224, 3}, "/r").text(), "folder:data/imagenette");
  expect_error(
      [] {
        Data({DataKind::folder, "data/imagenette"}, {64, 64, 3});
      },
      "Imagenette", "--data folder:");
}

}  // namespace
}  // namespace pullback
