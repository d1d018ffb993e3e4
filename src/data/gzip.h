#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pullback {

/// The contents of a file, decompressed if it is gzipped. Throws Error naming the file if it cannot
/// be read, if its compressed data is damaged or cut short, or if it holds more than `limit` bytes.
std::vector<uint8_t> read_gzip(const std::string& path, size_t limit);

}  // namespace pullback
