#include "base/random.h"

#include <cmath>
#include <numbers>

namespace pullback {

namespace {

uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

constexpr uint64_t golden = 0x9e3779b97f4a7c15u;

}  // namespace

Random::Random(uint64_t seed, std::string_view stream, uint64_t counter)
    : key_(mix(seed + golden)), counter_(counter) {
  for (char c : stream) key_ = mix(key_ + golden + static_cast<unsigned char>(c));
}

uint64_t Random::next() { return mix(key_ + golden * ++counter_); }

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

uint64_t Random::below(uint64_t bound) {
  // The high word of a 128-bit product, rejecting the few values that would bias it (Lemire 2019).
  for (;;) {
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>(next()) * bound;
    if (static_cast<uint64_t>(product) >= -bound % bound) {
      return static_cast<uint64_t>(product >> 64);
    }
  }
}

double Random::normal() {
  double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace pullback
