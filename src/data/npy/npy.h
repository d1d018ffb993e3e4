#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tensor/tensor.h"

/// NumPy's file format for one array (numpy.lib.format, versions 1.0 to 3.0).
namespace pullback {

/// An array file: its header is read, its elements are not converted yet.
class Npy {
 public:
  /// Throws Error that names `file` if the bytes are no whole array file.
  Npy(std::string bytes, std::string file);

  const Shape& shape() const { return shape_; }
  /// The type of Pullback's tensors that holds such elements, if there is one.
  std::optional<ElementType> element() const { return element_; }
  /// "float32 of shape (2, 3)", as NumPy calls it.
  std::string text() const;
  /// The array in row-major order; any element but 0 is true. Throws Error if there is no
  /// element().
  Tensor tensor() const;

 private:
  void read_header(std::string_view header);

  std::string bytes_, file_;
  std::string dtype_;  ///< kind and bytes: "f4"
  Shape shape_;
  std::optional<ElementType> element_;
  bool big_endian_ = false;
  bool fortran_ = false;  ///< the first axis moves fastest
  size_t data_ = 0;       ///< where the elements begin
};

/// Reads a file. Throws Error that names it.
Npy read_npy(const std::string& path);

/// The bytes of an array file, version 1.0 (or 2.0 if its shape is very long), in C order.
std::string print_npy(const Tensor& tensor);

/// "float32": NumPy's name of an element type.
std::string numpy_name(ElementType element);
/// "(2, 3)", "(4,)", "()".
std::string numpy_shape(const Shape& shape);

}  // namespace pullback
