#include "tests/fuzz/parser_fuzz.h"

#include <cstddef>
#include <cstdint>

/// libFuzzer's entry; see README.md.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pullback::test::check_parser({reinterpret_cast<const char*>(data), size});
  return 0;
}
