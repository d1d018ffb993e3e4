#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pullback {

/// "a, b, c": the texts of `items` with `separator` between them.
template <class Items, class Format>
std::string join(const Items& items, std::string_view separator, Format format) {
  std::string text;
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += separator;
    first = false;
    text += format(item);
  }
  return text;
}

/// "1, 2, 3".
std::string join(std::span<const int64_t> items, std::string_view separator = ", ");
std::string join(const std::vector<std::string>& items, std::string_view separator = ", ");

/// The member of `known` nearest to `word` in edit distance, or "" if none is near; for
/// "did you mean …?" in errors.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace pullback
