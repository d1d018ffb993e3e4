#include "data/npy/npy.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

/// A file as numpy.save writes it, of that version, with that header and these elements.
std::string file_of(int version, const std::string& header, const std::string& data) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) {
    file += static_cast<char>(header.size() >> (8 * i));
  }
  return file + header + data;
}

std::string header_of(const std::string& descr, const std::string& order,
                      const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

template <class T>
std::string bytes_of(std::vector<T> values, bool swapped = false) {
  std::string bytes;
  for (T value : values) {
    std::string one(reinterpret_cast<const char*>(&value), sizeof value);
    if (swapped) std::reverse(one.begin(), one.end());
    bytes += one;
  }
  return bytes;
}

Tensor read(const std::string& bytes) { return Npy(bytes, "x.npy").tensor(); }
std::string error(const std::string& bytes) {
  return error_of([&] { read(bytes); });
}

TEST(Npy, reads_every_version) {
  for (int version : {1, 2, 3}) {
    std::string file =
        file_of(version, header_of("<f4", "False", "(2, 3)"), bytes_of<float>({1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(read(file), Tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6})) << version;
  }
}

TEST(Npy, reads_fortran_order_and_both_byte_orders) {
  EXPECT_EQ(
      read(file_of(1, header_of("<f8", "True", "(2, 3)"), bytes_of<double>({1, 4, 2, 5, 3, 6}))),
      Tensor({2, 3}, std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read(file_of(1, header_of(">i4", "False", "(2,)"), bytes_of<int32_t>({1, -2}, true))),
            Tensor({2}, std::vector<int32_t>{1, -2}));
  EXPECT_EQ(read(file_of(1, header_of("|b1", "False", "(3,)"), std::string("\0\1\7", 3))),
            Tensor({3}, std::vector<bool>{0, 1, 1}));
}

TEST(Npy, reads_scalars_and_empty_arrays) {
  EXPECT_EQ(read(file_of(1, header_of("<f4", "False", "()"), bytes_of<float>({2.5}))),
            Tensor({}, std::vector<float>{2.5}));
  EXPECT_EQ(read(file_of(1, header_of("<f4", "True", "(0, 3)"), "")).shape(), (Shape{0, 3}));
  EXPECT_EQ(
      read(
          file_of(1, header_of("<f4", "True", "(4611686018427387904, 4611686018427387904, 0)"), ""))
          .count(),
      0);
}

TEST(Npy, takes_any_order_of_keys_and_either_quote) {
  EXPECT_EQ(read(file_of(1, "{\"shape\":(1L,),'fortran_order':False,'descr':'<f4'}",
                         bytes_of<float>({3}))),
            Tensor({1}, std::vector<float>{3}));
}

TEST(Npy, is_what_it_prints) {
  const Tensor tensors[] = {Tensor({2, 2}, std::vector<float>{1, -2, 0.1F, 1e30F}),
                            Tensor({}, std::vector<double>{0.1}),
                            Tensor({3}, std::vector<int32_t>{1, 2, -2147483647 - 1}),
                            Tensor({2}, std::vector<bool>{false, true}),
                            Tensor({2}, std::vector<uint8_t>{0, 200}),
                            Tensor({1}, std::vector<int64_t>{-5000000000}),
                            Tensor({0, 2}, std::vector<float>{})};
  for (const Tensor& tensor : tensors) {
    std::string bytes = print_npy(tensor);
    EXPECT_EQ(read(bytes), tensor);
    EXPECT_EQ((bytes.size() - tensor.type().bytes()) % 64, 0u);
  }
}

TEST(Npy, says_what_its_elements_are) {
  Npy npy(file_of(1, header_of("<i8", "False", "(2,)"), bytes_of<int64_t>({1, 2})), "x.npy");
  EXPECT_EQ(npy.tensor(), Tensor({2}, std::vector<int64_t>{1, 2}));
  EXPECT_TRUE(npy.text() == "int64 of shape (2,)") << npy.text();
  EXPECT_EQ(numpy_shape({}), "()");
  EXPECT_EQ(numpy_name(ElementType::i1), "bool");
  EXPECT_TRUE(error(file_of(1, header_of("<c8", "False", "(1,)"), "12345678"))
                  .starts_with("x.npy: its elements are complex64; Pullback has float32"));
  EXPECT_TRUE(error(file_of(1, header_of("<U3", "False", "(1,)"), "123456789012"))
                  .starts_with("x.npy: its elements are 'U3'; Pullback has float32"));
}

TEST(Npy, names_the_mistake) {
  std::string good = header_of("<f4", "False", "(2,)");
  std::string data = bytes_of<float>({1, 2});
  EXPECT_EQ(error(""), "x.npy: not a NumPy array file (.npy, made by numpy.save)");
  EXPECT_EQ(
      error("PK\3\4"),
      "x.npy: not a NumPy array file (.npy, made by numpy.save); it looks like an .npz archive");
  EXPECT_EQ(error("\x93NUMPY"), "x.npy: the array file ends in its header");
  EXPECT_EQ(
      error(file_of(9, good, data)),
      "x.npy: version 9 of the array format is not known; save it with version 1.0, 2.0 or 3.0");
  EXPECT_EQ(error(file_of(1, good, data).substr(0, 30)),
            "x.npy: the array file ends in its header, which has 58 bytes");
  EXPECT_EQ(error(std::string("\x93NUMPY\2\0\xff\xff\xff\xff{", 13)),
            "x.npy: the array file ends in its header, which has 4294967295 bytes");
  EXPECT_EQ(error(file_of(1, good, data + "x")),
            "x.npy: float32 of shape (2,) needs 8 bytes after the header, but the file has 9");
  EXPECT_EQ(error(file_of(1, good, "")),
            "x.npy: float32 of shape (2,) needs 8 bytes after the header, but the file has 0");
  EXPECT_TRUE(error(file_of(1, header_of("<f4", "False", "(4000000000, 4000000000)"), data))
                  .starts_with("x.npy: a tensor with extent 4000000000 is too large"));
  EXPECT_EQ(error(file_of(1, header_of("<f4", "False", "(-2,)"), data)),
            "x.npy: in the array's header: expected an extent at '-2,), }'");
  EXPECT_EQ(error(file_of(1, header_of("<f4", "false", "(2,)"), data)),
            "x.npy: in the array's header: expected 'False' at 'false, 'shape': (2,), }'");
  EXPECT_EQ(error(file_of(1, "{'descr': [('a', '<f4')]}", data)),
            "x.npy: in the array's header: structured arrays are not supported: save one array a "
            "file at '[('a', '<f4')]}'");
  EXPECT_EQ(
      error(file_of(1, "{'descr': '<f4'}", data)),
      "x.npy: in the array's header: 'descr', 'fortran_order' or 'shape' is missing at its end");
  EXPECT_EQ(error(file_of(1, good + "1", data)),
            "x.npy: in the array's header: expected nothing more at '1'");
  EXPECT_TRUE(error(file_of(1, header_of("<f4", "False", "(" + std::string(400, '1') + ")"), data))
                  .starts_with("x.npy: in the array's header: expected an extent"));
}

TEST(Npy, of_any_bytes_is_an_array_or_an_error) {
  std::string good = file_of(1, header_of("<f4", "True", "(2, 3)"), std::string(24, 'x'));
  Random random(1, "npy");
  size_t errors = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good;
    for (uint64_t k = 1 + random.below(4); k > 0; --k) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    if (random.below(4) == 0) bytes.resize(random.below(bytes.size() + 1));
    try {
      Tensor tensor = read(bytes);
      EXPECT_LE(tensor.type().bytes(), bytes.size());
    } catch (const Error&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 1000u);
}

}  // namespace
}  // namespace pullback
