#include "data/npy/npy.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "tensor/index.h"

namespace pullback {

namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they are");
constexpr std::string_view magic = "\x93NUMPY";
constexpr size_t max_axes = 64;

/// The elements that tensors can have, with NumPy's kind and bytes. NumPy itself has no bfloat16;
/// JAX's is saved as two bytes without meaning.
struct Dtype {
  ElementType element;
  std::string_view name;
};
using E = ElementType;
constexpr Dtype dtypes[] = {{E::f32, "f4"}, {E::f64, "f8"}, {E::f16, "f2"},  {E::bf16, "V2"},
                            {E::i1, "b1"},  {E::i8, "i1"},  {E::i16, "i2"},  {E::i32, "i4"},
                            {E::i64, "i8"}, {E::ui8, "u1"}, {E::ui16, "u2"}, {E::ui32, "u4"},
                            {E::ui64, "u8"}};

std::string_view dtype_of(ElementType element) {
  for (const Dtype& d : dtypes) {
    if (d.element == element) return d.name;
  }
  PULLBACK_CHECK(false, "element type");
}

/// "float32" of "f4"; what is none of NumPy's numbers as it is.
std::string name_of(const std::string& dtype) {
  if (dtype == "b1") return "bool";
  if (dtype == "V2") return "bfloat16";
  static const std::pair<char, const char*> kinds[] = {
      {'f', "float"}, {'i', "int"}, {'u', "uint"}, {'c', "complex"}};
  for (const auto& [kind, name] : kinds) {
    if (dtype.size() == 2 && dtype[0] == kind) return name + std::to_string((dtype[1] - '0') * 8);
  }
  return "'" + dtype + "'";
}

/// Reads the header, a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (2,)}.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  bool accept(std::string_view token) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) fail("expected '" + std::string(token) + "'");
  }
  std::string quoted() {
    skip_spaces();
    char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote == '[') fail("structured arrays are not supported: save one array a file");
    if (quote != '\'' && quote != '"') fail("expected a string");
    size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos || end - at_ > 64) fail("expected a short string");
    std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }
  Shape shape() {
    Shape extents;
    expect("(");
    while (!accept(")")) {
      extents.push_back(number());
      if (extents.size() > max_axes) fail("more than " + std::to_string(max_axes) + " axes");
      if (accept(",")) continue;
      expect(")");
      break;
    }
    return extents;
  }
  void at_end() {
    skip_spaces();
    if (at_ != text_.size()) fail("expected nothing more");
  }
  [[noreturn]] void fail(const std::string& what) const {
    std::string near(text_.substr(std::min(at_, text_.size()), 24));
    for (char& c : near) {
      if (c < ' ' || c > '~') c = ' ';
    }
    near.resize(near.find_last_not_of(' ') + 1);
    throw Error(file_ + ": in the array's header: " + what +
                (near.empty() ? " at its end" : " at '" + near + "'"));
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  int64_t number() {
    skip_spaces();
    int64_t value = 0;
    const char* begin = text_.data() + at_;
    auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) fail("expected an extent");
    at_ += static_cast<size_t>(end - begin);
    accept("L");
    return value;
  }

  std::string_view text_;
  const std::string& file_;
  size_t at_ = 0;
};

/// Where each element of a row-major walk stands in a file.
template <class F>
void for_each_position(const Shape& shape, bool fortran, F&& f) {
  int64_t count = element_count(shape);
  if (count == 0) return;
  if (!fortran) {
    for (int64_t i = 0; i < count; ++i) f(i);
    return;
  }
  Shape strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  for_each_index(shape, [&](const Index& index) { f(position(index, strides)); });
}

/// A little-endian number of `size` bytes.
size_t number_at(std::string_view bytes, size_t at, size_t size) {
  size_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace

Npy::Npy(std::string bytes, std::string file) : bytes_(std::move(bytes)), file_(std::move(file)) {
  std::string_view all = bytes_;
  if (!all.starts_with(magic)) {
    throw Error(file_ + ": not a NumPy array file (.npy, made by numpy.save)" +
                (all.starts_with("PK") ? "; it looks like an .npz archive" : ""));
  }
  if (all.size() < 12) throw Error(file_ + ": the array file ends in its header");
  int version = all[6];
  if (version < 1 || version > 3) {
    throw Error(file_ + ": version " + std::to_string(static_cast<unsigned char>(all[6])) +
                " of the array format is not known; save it with version 1.0, 2.0 or 3.0");
  }
  size_t begin = version == 1 ? 10 : 12;
  size_t length = number_at(all, 8, version == 1 ? 2 : 4);
  if (length > all.size() - begin) {
    throw Error(file_ + ": the array file ends in its header, which has " + std::to_string(length) +
                " bytes");
  }
  data_ = begin + length;
  read_header(all.substr(begin, length));
}

void Npy::read_header(std::string_view header) {
  HeaderReader in(header, file_);
  bool descr = false, order = false, shape = false;
  in.expect("{");
  while (!in.accept("}")) {
    std::string key = in.quoted();
    in.expect(":");
    if (key == "descr" && !descr) {
      dtype_ = in.quoted();
      descr = true;
    } else if (key == "fortran_order" && !order) {
      fortran_ = in.accept("True");
      if (!fortran_) in.expect("False");
      order = true;
    } else if (key == "shape" && !shape) {
      shape_ = in.shape();
      shape = true;
    } else {
      in.fail("'" + key + "' is not expected");
    }
    if (in.accept(",")) continue;
    in.expect("}");
    break;
  }
  in.at_end();
  if (!descr || !order || !shape) in.fail("'descr', 'fortran_order' or 'shape' is missing");
  if (!dtype_.empty() && std::string_view("<>|=").find(dtype_[0]) != std::string_view::npos) {
    big_endian_ = dtype_[0] == '>';
    dtype_.erase(0, 1);
  }
  for (const Dtype& d : dtypes) {
    if (d.name == dtype_) element_ = d.element;
  }
  if (!element_) return;
  int64_t count = 0;
  try {
    count = element_count(shape_);
  } catch (const Error& error) {
    throw Error(file_ + ": " + error.what());
  }
  size_t bytes = static_cast<size_t>(count) * byte_size(*element_);
  if (bytes_.size() - data_ != bytes) {
    throw Error(file_ + ": " + text() + " needs " + std::to_string(bytes) +
                " bytes after the header, but the file has " +
                std::to_string(bytes_.size() - data_));
  }
}

std::string Npy::text() const { return name_of(dtype_) + " of shape " + numpy_shape(shape_); }

Tensor Npy::tensor() const {
  if (!element_) {
    throw Error(file_ + ": its elements are " + name_of(dtype_) + "; Pullback has " +
                join(dtypes, ", ", [](const Dtype& d) { return numpy_name(d.element); }));
  }
  Tensor tensor(Type{*element_, shape_});
  size_t size = byte_size(*element_);
  const char* from = bytes_.data() + data_;
  auto* to = reinterpret_cast<char*>(tensor.bytes().data());
  for_each_position(shape_, fortran_, [&](int64_t at) {
    const char* value = from + static_cast<size_t>(at) * size;
    std::copy_n(value, size, to);
    if (big_endian_) std::reverse(to, to + size);
    if (*element_ == ElementType::i1) *to = *to != 0 ? 1 : 0;
    to += size;
  });
  return tensor;
}

Npy read_npy(const std::string& path) { return {read_file(path), path}; }

std::string print_npy(const Tensor& tensor) {
  std::string dtype(dtype_of(tensor.element()));
  std::string order = byte_size(tensor.element()) == 1 ? "|" : "<";
  std::string header = "{'descr': '" + order + dtype +
                       "', 'fortran_order': False, 'shape': " + numpy_shape(tensor.shape()) + ", }";
  size_t begin = header.size() + 80 > 65535 ? 12 : 10;
  // The elements begin at a multiple of 64 bytes, after a line feed.
  header.append(63 - (begin + header.size()) % 64, ' ').append("\n");
  std::string file(magic);
  file += begin == 10 ? '\1' : '\2';
  file += '\0';
  for (size_t i = 0; i < begin - 8; ++i) file += static_cast<char>(header.size() >> (8 * i));
  file += header;
  std::span<const std::byte> bytes = tensor.bytes();
  return file.append(reinterpret_cast<const char*>(bytes.data()), tensor.type().bytes());
}

std::string numpy_name(ElementType element) { return name_of(std::string(dtype_of(element))); }

std::string numpy_shape(const Shape& shape) {
  return "(" + join(shape) + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace pullback
