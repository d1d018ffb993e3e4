#pragma once

#include "ir/ops/op.h"

/// Random bits.
namespace pullback {

/// How bits are made of a counter under a key. Both are Salmon, Moraes, Dror and Shaw, "Parallel
/// random numbers: as easy as 1, 2, 3", SC 2011: Threefry-2x32 with 20 rounds and Philox-4x32 with
/// 10. The specification leaves the default open; here, as in XLA on CPUs, it is Philox.
enum class RngAlgorithm : uint8_t { standard, three_fry, philox };
/// "DEFAULT", "THREE_FRY", "PHILOX".
std::string_view to_string(RngAlgorithm algorithm);

/// (next state, y): `type`'s bits from a state of 64-bit words, key and counter, as XLA makes them
/// of the same state; the next state is the counter after those that were used. Philox takes a
/// counter of two words; of one, the key is its upper one. Integers only.
struct RngBitGenerator {
  static constexpr OpInfo info{
      .name = "rng_bit_generator",
      .trick = Trick::constant,
      .equation = "(state', y) = bits(state)",
      .outside =
          "its bits come of an algorithm on machine integers, which numbers over the reals "
          "are not; take the random numbers as arguments instead"};
  RngAlgorithm algorithm = RngAlgorithm::standard;
  Type type;
  int64_t result = 0;

  Attributes attributes() const;
  std::vector<Type> infer_all(Types in) const;  // rng_bit_generator_c1, c2, i2
  Type infer(Types in) const;
  std::vector<Tensor> eval_all(Tensors in) const;
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const RngBitGenerator&) const = default;
};

}  // namespace pullback
