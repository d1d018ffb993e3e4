#include "train/loop/checkpoint.h"

#include <cstring>

#include "base/file.h"
#include "base/random.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

class CheckpointFile : public TemporaryFolder {
 protected:
  Checkpoint sample() const {
    Checkpoint checkpoint;
    checkpoint.entries = {{"w", Tensor({2, 3}, std::vector<float>{1, -2, 3.5f, 0, 1e-30f, 6})},
                          {"b", Tensor({}, std::vector<double>{0.1})},
                          {"labels", Tensor({4}, std::vector<int32_t>{1, -1, 7, 0})},
                          {"mask", Tensor({3}, std::vector<bool>{1, 0, 1})},
                          {"empty", Tensor({0, 5}, std::vector<float>{})}};
    checkpoint.metadata = {{"step", "12"}, {"note", "a \"quoted\" text,\nπ"}};
    return checkpoint;
  }
  std::string file() const { return path("c.safetensors"); }
  /// A file of this header and this many bytes of zeros as data.
  std::string write_raw(const std::string& header, size_t data_bytes = 0) const {
    uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return write("c.safetensors", bytes + header + std::string(data_bytes, '\0'));
  }
};

TEST_F(CheckpointFile, what_is_written_is_read) {
  Checkpoint written = sample();
  write_checkpoint(file(), written);
  Checkpoint read = read_checkpoint(file());
  EXPECT_EQ(read.metadata, written.metadata);
  EXPECT_EQ(read.entries.size(), written.entries.size());
  for (const auto& [name, tensor] : written.entries) {
    EXPECT_EQ(read.tensor(name, tensor.type(), file()), tensor) << name;
  }
}

TEST_F(CheckpointFile, is_a_safetensors_file) {
  Checkpoint checkpoint;
  checkpoint.entries = {{"x", Tensor({2}, std::vector<int32_t>{1, 258})}};
  write_checkpoint(file(), checkpoint);
  std::string bytes = read_file(file());
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  std::string header = bytes.substr(8, length);
  header.erase(header.find_last_not_of(' ') + 1);
  EXPECT_EQ(header, R"({"__metadata__":{},"x":{"data_offsets":[0,8],"dtype":"I32","shape":[2]}})");
  EXPECT_EQ(bytes.substr(8 + length), std::string("\1\0\0\0\2\1\0\0", 8));
}

TEST_F(CheckpointFile, a_crash_in_the_middle_of_writing_leaves_the_old_checkpoint) {
  write_checkpoint(file(), sample());
  write("c.safetensors.partial", read_file(file()).substr(0, 50));
  EXPECT_EQ(read_checkpoint(file()).text("step", file()), "12");
  Checkpoint next = sample();
  next.metadata["step"] = "13";
  write_checkpoint(file(), next);
  EXPECT_EQ(read_checkpoint(file()).text("step", file()), "13");
}

TEST_F(CheckpointFile, a_truncation_at_any_byte_is_refused) {
  write_checkpoint(file(), sample());
  const std::string whole = read_file(file());
  for (size_t size = 0; size < whole.size(); ++size) {
    write("cut", whole.substr(0, size));
    expect_error([&] { read_checkpoint(path("cut")); }, "'" + path("cut") + "'",
                 "not a usable checkpoint");
  }
}

TEST_F(CheckpointFile, every_mistake_in_a_header_is_named) {
  const std::string x = R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  struct Mistake {
    std::string header;
    size_t data;
    std::string found;
  };
  const Mistake mistakes[] = {
      {"", 0, "not JSON"},
      {"[]", 0, "not JSON"},
      {"{" + x, 8, "not JSON"},
      {std::string(2000, '['), 0, "nested too deeply"},
      {"{" + x + "}", 7, "cut short: the data of tensor 'x'"},
      {"{" + x + "}", 9, "belongs to no tensor"},
      {R"({"x":3})", 0, "tensor 'x' lacks"},
      {R"({"x":{"shape":[2],"data_offsets":[0,8]}})", 8, "tensor 'x' lacks its dtype"},
      {R"({"x":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})", 2,
       R"('x' has the element type "F8_E4M3")"},
      {R"({"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8, "'x' has a shape"},
      {R"({"x":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})", 8, "'x' has a shape"},
      {R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8,
       "'x' should have 12 bytes for tensor<3xf32>"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8, "'x' should have 8 bytes"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}})", 8, "tensor 'x' lacks"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}})", 8, "data_offsets"},
      {R"({"x":{"dtype":"F32","shape":[4611686018427387903,9],"data_offsets":[0,8]}})", 8, "'x'"},
      {"{" + x + R"(,"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12, "overlap"},
      {"{" + x + R"(,"y":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}})", 20, "gaps"},
      {"{" + x + R"(,"__metadata__":3})", 8, "metadata is not an object"},
      {"{" + x + R"(,"__metadata__":{"step":12}})", 8, "metadata 'step' is not a text"},
  };
  for (const Mistake& m : mistakes) {
    SCOPED_TRACE(m.header.substr(0, 200));
    expect_error([&] { read_checkpoint(write_raw(m.header, m.data)); }, "'" + file() + "'",
                 m.found);
  }
}

TEST_F(CheckpointFile, a_huge_header_is_refused_before_it_is_read) {
  write("c.safetensors", std::string(7, '\xff') + "\x7f{}");
  expect_error([&] { read_checkpoint(file()); }, "no safetensors file", "its header would have");
}

TEST_F(CheckpointFile, a_missing_or_other_tensor_is_named) {
  write_checkpoint(file(), sample());
  Checkpoint read = read_checkpoint(file());
  expect_error(
      [&] {
        read.tensor("v", {ElementType::f32, {2}}, file());
      },
      file(), "no tensor 'v'", "labels", "another network");
  expect_error(
      [&] {
        read.tensor("w", {ElementType::f32, {3, 2}}, file());
      },
      file(), "'w' is tensor<2x3xf32>", "needs tensor<3x2xf32>");
  expect_error([&] { read.text("epoch", file()); }, file(), "'epoch'");
  expect_error([&] { read_checkpoint(path("none")); }, path("none"), "No such file");
}

TEST_F(CheckpointFile, no_mutation_of_a_file_crashes) {
  write_checkpoint(file(), sample());
  const std::string whole = read_file(file());
  const std::string spice = "{}[]\",:0129-e.\\ \x7f";
  Random random(1, "checkpoint mutations");
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = whole;
    for (uint64_t k = 1 + random.below(4); k > 0; --k) {
      char c = random.below(2) == 0 ? spice[random.below(spice.size())]
                                    : static_cast<char>(random.next());
      bytes[random.below(bytes.size())] = c;
    }
    try {
      read_checkpoint(write("mutant", bytes));
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path("mutant")), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace pullback
