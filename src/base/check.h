#pragma once

#include <string>

namespace pullback {

/// Prints a broken invariant of Pullback itself and aborts. Never reached by user input.
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const std::string& values);

}  // namespace pullback

/// An invariant that only a bug in Pullback can break; always on.
#define PULLBACK_CHECK(condition, ...)                                                      \
  do {                                                                                      \
    if (!(condition)) {                                                                     \
      ::pullback::check_failed(__FILE__, __LINE__, #condition, ::std::string(__VA_ARGS__)); \
    }                                                                                       \
  } while (false)
