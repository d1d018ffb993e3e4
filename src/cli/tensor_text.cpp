#include "cli/tensor_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "cli/format.h"

namespace pullback::cli {

namespace {

constexpr int64_t shown_whole = 1000;
constexpr int64_t edge = 3;

std::string element_text(const Tensor& tensor, int64_t index) {
  if (tensor.element() == ElementType::i1) return tensor.at(index) != 0 ? "true" : "false";
  return dispatch(tensor.element(), [&]<class T>() {
    return fmt::format("{}", tensor.values<T>()[static_cast<size_t>(index)]);
  });
}

/// Writes a tensor's rows.
class Writer {
 public:
  explicit Writer(const Tensor& tensor) : tensor_(tensor), strides_(strides_of(tensor.shape())) {
    cut_ = tensor.count() > shown_whole;
    walk(0, 0, [&](int64_t at) { width_ = std::max(width_, element_text(tensor_, at).size()); });
  }

  std::string text(size_t axis = 0, int64_t offset = 0) const {
    if (axis == strides_.size()) {
      std::string number = element_text(tensor_, offset);
      return axis == 0 ? number : std::string(width_ - number.size(), ' ') + number;
    }
    bool row = axis + 1 == strides_.size();
    std::string text = "[";
    std::string separator = row ? " " : "\n" + std::string(axis + 1, ' ');
    bool first = true;
    each(axis, [&](int64_t i) {
      if (!first) text += separator;
      first = false;
      text += i < 0 ? "…" : this->text(axis + 1, offset + i * strides_[axis]);
    });
    return text + "]";
  }

 private:
  /// Calls f(i) for the positions along an axis that are shown, f(-1) for those that are not.
  template <class F>
  void each(size_t axis, F&& f) const {
    int64_t extent = tensor_.shape()[axis];
    bool cut = cut_ && extent > 2 * edge;
    for (int64_t i = 0; i < extent; ++i) {
      if (cut && i == edge) {
        f(-1);
        i = extent - edge;
      }
      f(i);
    }
  }
  template <class F>
  void walk(size_t axis, int64_t offset, F&& f) const {
    if (tensor_.count() == 0) return;
    if (axis == strides_.size()) return f(offset);
    each(axis, [&](int64_t i) {
      if (i >= 0) walk(axis + 1, offset + i * strides_[axis], f);
    });
  }

  const Tensor& tensor_;
  Shape strides_;
  bool cut_ = false;
  size_t width_ = 0;
};

}  // namespace

std::string tensor_text(const Tensor& tensor) {
  if (tensor.count() == 0) return "no elements";
  return Writer(tensor).text();
}

std::string range_text(const Tensor& tensor) {
  double least = INFINITY, most = -INFINITY, sum = 0;
  int64_t numbers = 0, count = tensor.count();
  for (int64_t i = 0; i < count; ++i) {
    double value = tensor.at(i);
    if (std::isnan(value)) continue;
    ++numbers;
    least = std::min(least, value);
    most = std::max(most, value);
    sum += value;
  }
  std::string text;
  if (numbers > 0) {
    text = fmt::format("from {:.6g} to {:.6g}, mean {:.6g}", least, most,
                       sum / static_cast<double>(numbers));
  }
  if (numbers < count) {
    text += (text.empty() ? "" : "; ") + grouped(count - numbers) + " NaN";
  }
  return text;
}

}  // namespace pullback::cli
