#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pullback {

void check_failed(const char* file, int line, const char* condition, const std::string& values) {
  std::fprintf(stderr, "pullback: internal error: %s:%d: %s%s%s\nplease report this\n", file, line,
               condition, values.empty() ? "" : ": ", values.c_str());
  std::abort();
}

}  // namespace pullback
