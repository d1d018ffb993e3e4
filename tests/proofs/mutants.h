#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Small mistakes in the text of a step, of every kind that a wrong compiler might make.
namespace pullback::test {

struct Mutant {
  std::string kind;  ///< "operand"
  std::string text;  ///< the whole text, changed
  size_t line = 0;   ///< the first line that is changed, from 1
};

/// `count` mutants of each kind, the same on every run: a number changed (an attribute, a dimension
/// or a constant), an operand, a sign, an op, a swapped pair of operands, of lines, a dropped term
/// of a sum, a dropped line, a byte changed, a byte removed.
std::vector<Mutant> mutants_of(const std::string& text, size_t count, uint64_t seed);

}  // namespace pullback::test
