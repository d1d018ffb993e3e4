#include <cstddef>
#include <cstdint>

#include "tests/fuzz/check_files.h"

/// libFuzzer's entry; see README.md.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pullback::test::check_file({reinterpret_cast<const char*>(data), size});
  return 0;
}
