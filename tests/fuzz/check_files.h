#pragma once

#include <string>

namespace pullback::test {

/// Reads the bytes as the file that their first one stands for: 'n' an array of NumPy's, 's' a
/// checkpoint (safetensors), 't' a network in TOML. It must throw Error or give what is written and
/// read as itself; else nothing is done.
void check_file(const std::string& bytes);

}  // namespace pullback::test
