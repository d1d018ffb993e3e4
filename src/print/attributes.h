#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "ir/ops.h"

/// Attributes' values as StableHLO writes them.
namespace pullback {

std::string list(const std::vector<int64_t>& items);
inline const char* flag(bool value) { return value ? "true" : "false"; }

/// The dimension numbers of one tensor: "[b, 0, 1, f]".
std::string dimension_numbers(int64_t first, const char* first_name, int64_t second,
                              const char* second_name, const Axes& spatial);

/// "array<i64: 1, 2>"; of nothing, "array<i64>".
std::string array(const std::vector<int64_t>& items);
std::string array(const std::vector<WindowDimension>& window, int64_t WindowDimension::*field);

/// "offset_dims = [1], index_vector_dim = 1": what is not empty or 0, by these names.
std::string window_numbers(const WindowNumbers& n, const std::array<const char*, 5>& names);

/// "[[0, 1], [0, 1]]": low and high padding of each dimension.
template <class Window>
std::string padding_list(const Window& window) {
  return "[" +
         join(window, ", ",
              [](const auto& w) {
                return "[" + std::to_string(w.padding_low) + ", " + std::to_string(w.padding_high) +
                       "]";
              }) +
         "]";
}

std::string padding_attribute(const std::vector<WindowDimension>& window);

}  // namespace pullback
