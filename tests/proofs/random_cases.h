#pragma once

#include "tests/ir/op_cases.h"

namespace pullback::test {

struct RandomCase {
  OpCase use;             ///< `result` is set if the use is accepted
  bool accepted = false;  ///< by C++'s `infer`
  bool ties = false;      ///< whether values should repeat
};

/// Small random uses of every op, the same on every run: `count` that `infer` accepts for each op,
/// and those that it rejects in between, which are mostly off by one somewhere.
std::vector<RandomCase> random_cases(int count, uint64_t seed);

/// Values for the operands, in f64 where the case says f32.
std::vector<Tensor> random_inputs(const RandomCase& c);

}  // namespace pullback::test
