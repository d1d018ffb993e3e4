#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pullback {

/// SHA-256 of bytes that come in pieces (FIPS 180-4).
class Sha256 {
 public:
  void update(std::string_view bytes);
  /// The digest of all bytes so far, in 64 hexadecimal digits. Ends the computation.
  std::string hex();

 private:
  void block(const unsigned char* bytes);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_ = {};  ///< bytes of a block that is not full yet
  uint64_t length_ = 0;
};

std::string sha256(std::string_view bytes);
/// Of a file, without loading it whole; throws Error that names the file and the system's reason.
std::string sha256_of_file(const std::string& path);

}  // namespace pullback
