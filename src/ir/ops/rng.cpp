#include "ir/ops/rng.h"

#include <array>
#include <bit>

#include "base/check.h"

namespace pullback {

std::string_view to_string(RngAlgorithm algorithm) {
  switch (algorithm) {
    case RngAlgorithm::standard:
      return "DEFAULT";
    case RngAlgorithm::three_fry:
      return "THREE_FRY";
    case RngAlgorithm::philox:
      return "PHILOX";
  }
  PULLBACK_CHECK(false, "algorithm");
}

namespace {

uint32_t low(uint64_t word) { return static_cast<uint32_t>(word); }
uint32_t high(uint64_t word) { return static_cast<uint32_t>(word >> 32); }

std::array<uint32_t, 2> three_fry(uint64_t key, uint64_t counter) {
  const std::array<uint32_t, 3> keys{low(key), high(key), low(key) ^ high(key) ^ 0x1BD11BDA};
  constexpr int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  uint32_t x = low(counter) + keys[0], y = high(counter) + keys[1];
  for (uint32_t round = 0; round < 5; ++round) {
    for (int bits : rotations[round % 2]) {
      x += y;
      y = std::rotl(y, bits) ^ x;
    }
    x += keys[(round + 1) % 3];
    y += keys[(round + 2) % 3] + round + 1;
  }
  return {x, y};
}

using Words = std::array<uint32_t, 4>;

Words philox(uint64_t key, Words c) {
  uint32_t k0 = low(key), k1 = high(key);
  for (int round = 0; round < 10; ++round) {
    uint64_t p = uint64_t{0xD2511F53} * c[0], q = uint64_t{0xCD9E8D57} * c[2];
    c = {high(q) ^ c[1] ^ k0, low(q), high(p) ^ c[3] ^ k1, low(p)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

/// Bits from the state, which is moved on: one word per element, 64 bits where `wide`.
std::vector<uint64_t> philox_words(std::span<uint64_t> state, size_t count, bool wide) {
  uint64_t key = state[0], counter = state[1];
  uint64_t upper = state.size() > 2 ? state[2] : key;
  std::vector<uint32_t> halves;
  while (halves.size() < count * (wide ? 2 : 1)) {
    Words words = philox(key, {low(counter), high(counter), low(upper), high(upper)});
    halves.insert(halves.end(), words.begin(), words.end());
    if (++counter == 0) ++upper;
  }
  state[1] = counter;
  if (state.size() > 2) state[2] = upper;
  std::vector<uint64_t> result(count);
  for (size_t i = 0; i < count; ++i) {
    result[i] = wide ? halves[2 * i] | uint64_t{halves[2 * i + 1]} << 32 : halves[i];
  }
  return result;
}

/// The two words of each counter are neighbours along the first even axis, or else the longest;
/// of an odd axis the last word is left out. A scalar has the first word of one counter.
std::vector<uint64_t> three_fry_halves(std::span<uint64_t> state, const Shape& shape) {
  size_t axis = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    bool even = shape[d] % 2 == 0, found = !shape.empty() && shape[axis] % 2 == 0;
    if (!found && (even || shape[d] > shape[axis])) axis = d;
  }
  int64_t extent = shape.empty() ? 1 : shape[axis], inner = 1;
  for (size_t d = axis + 1; d < shape.size(); ++d) inner *= shape[d];
  int64_t half = (extent + 1) / 2;
  int64_t outer = extent == 0 || inner == 0 ? 0 : element_count(shape) / extent / inner;
  std::vector<uint64_t> result(static_cast<size_t>(element_count(shape)));
  for (int64_t i = 0; i < outer * half * inner; ++i) {
    auto words = three_fry(state[0], state[1]++);
    int64_t at = i / inner % half, before = i / inner / half;
    for (int64_t k = 0; k < 2 && 2 * at + k < extent; ++k) {
      int64_t place = (before * extent + 2 * at + k) * inner + i % inner;
      result[static_cast<size_t>(place)] = words[static_cast<size_t>(k)];
    }
  }
  return result;
}

std::vector<uint64_t> three_fry_words(std::span<uint64_t> state, const Shape& shape, bool wide) {
  if (!wide) return three_fry_halves(state, shape);
  std::vector<uint64_t> result(static_cast<size_t>(element_count(shape)));
  for (uint64_t& word : result) {
    auto words = three_fry(state[0], state[1]++);
    word = words[0] | uint64_t{words[1]} << 32;
  }
  return result;
}

}  // namespace

Attributes RngBitGenerator::attributes() const {
  return {{"rng_algorithm", std::string(to_string(algorithm))}, {"type", type}, {"result", result}};
}

std::vector<Type> RngBitGenerator::infer_all(Types in) const {
  require_operands(in, 1);
  require(in[0].element == ElementType::ui64 && in[0].rank() == 1, "rng_bit_generator_i2",
          [&] { return "its state is " + in[0].text() + "; expected a list of ui64"; });
  int64_t words = in[0].shape[0];
  bool three = algorithm != RngAlgorithm::three_fry;
  require(words == 2 || (three && words == 3), "rng_bit_generator_c2", [&] {
    return "its state has " + std::to_string(words) + " words; expected 2" +
           (three ? " or 3" : "") + " for " + std::string(to_string(algorithm));
  });
  require(is_integer(type.element), "",
          [&] { return "makes bits of integers, not " + type.text(); });
  return {in[0], type};
}

Type RngBitGenerator::infer(Types in) const {
  std::vector<Type> types = infer_all(in);
  require(result == 0 || result == 1, "", "has 2 results");
  return types[static_cast<size_t>(result)];
}

std::vector<Tensor> RngBitGenerator::eval_all(Tensors in) const {
  Tensor state = *in[0], bits(type);
  bool wide = byte_size(type.element) == 8;
  auto count = static_cast<size_t>(type.count());
  std::vector<uint64_t> words = algorithm == RngAlgorithm::three_fry
                                    ? three_fry_words(state.values<uint64_t>(), type.shape, wide)
                                    : philox_words(state.values<uint64_t>(), count, wide);
  dispatch(type.element, [&]<class T>() {
    auto values = bits.values<T>();
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<T>(words[i]);
  });
  return {state, bits};
}

Tensor RngBitGenerator::eval(Tensors in, const Type&) const {
  return eval_all(in)[static_cast<size_t>(result)];
}

Values RngBitGenerator::vjp(Builder&, const VjpArgs& a) const { return Values(a.operands.size()); }

}  // namespace pullback
