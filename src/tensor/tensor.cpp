#include "tensor/tensor.h"

#include <cmath>
#include <limits>

namespace pullback {

double Tensor::at(int64_t index) const {
  return dispatch_storage(element(), [&]<class T>() {
    return static_cast<double>(values<T>()[static_cast<size_t>(index)]);
  });
}

namespace {

/// static_cast made total: NaN becomes 0, floats out of an integer's range saturate.
template <class To, class From>
To convert_value(From value) {
  if constexpr (!std::is_arithmetic_v<From>) {
    return convert_value<To>(static_cast<double>(value));
  } else if constexpr (!std::is_arithmetic_v<To>) {
    return To(static_cast<double>(value));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From{0};
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (std::isnan(value)) return 0;
    if (value >= static_cast<From>(std::numeric_limits<To>::max())) {
      return std::numeric_limits<To>::max();
    }
    if (value <= static_cast<From>(std::numeric_limits<To>::min())) {
      return std::numeric_limits<To>::min();
    }
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace

void Tensor::set(int64_t index, double value) {
  dispatch_storage(element(), [&]<class T>() {
    values<T>()[static_cast<size_t>(index)] = convert_value<T>(value);
  });
}

Tensor Tensor::convert(ElementType element) const {
  Tensor result(type_.with(element));
  dispatch_storage(type_.element, [&]<class From>() {
    dispatch_storage(element, [&]<class To>() {
      auto from = values<From>();
      auto to = result.values<To>();
      for (size_t i = 0; i < from.size(); ++i) to[i] = convert_value<To>(from[i]);
    });
  });
  return result;
}

}  // namespace pullback
