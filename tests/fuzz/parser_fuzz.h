#pragma once

#include <string_view>

namespace pullback::test {

/// Reads the text: it must throw Error or give a graph that prints and parses to itself. Anything
/// else, be it a crash or another exception, is a defect.
void check_parser(std::string_view text);

}  // namespace pullback::test
