#include "run/native/kernels/strip.h"

#include <algorithm>

#include "base/error.h"
#include "run/native/kernels/impl/table.h"

namespace pullback::kernels {

namespace {

/// Elements of a strip: some ten values of them fill half a first-level cache.
constexpr int64_t kLength = 384;

[[noreturn]] void reject(size_t instruction, const char* why) {
  throw Error("strip program, instruction " + std::to_string(instruction) + ": " + why);
}

void check(const StripProgram& p) {
  for (size_t k = 0; k < p.code.size(); ++k) {
    const StripInstruction& c = p.code[k];
    for (int16_t operand : {c.dst, c.a, c.b, c.c}) {
      bool known = operand >= 0 ? operand < std::max(p.registers, 1)
                                : static_cast<size_t>(~operand) < p.arguments.size();
      if (!known) reject(k, "an operand is out of range");
    }
    bool reduction = c.op == StripOp::reduce_add || c.op == StripOp::reduce_max;
    if (reduction && c.dst >= 0) reject(k, "a reduction needs an argument to add to");
    if (!reduction && c.dst < 0) {
      const StripArgument& to = p.arguments[static_cast<size_t>(~c.dst)];
      if (to.divide != 1 || to.period != 0) reject(k, "only a full argument can be written");
    }
  }
}

/// The largest multiple of the channel counts up to kLength, so that their patterns repeat.
int64_t choose_length(const StripProgram& p) {
  int64_t length = kLength;
  for (const StripArgument& a : p.arguments) {
    if (a.period > 1 && a.divide == 1 && a.period <= kLength && a.period % 16 == 0) {
      length = kLength / a.period * a.period;
    }
  }
  return length;
}

}  // namespace

Strip::Strip(StripProgram program, Isa isa)
    : program_(std::move(program)), isa_(isa), length_(choose_length(program_)) {
  check(program_);
}

size_t Strip::scratch_size() const {
  return (static_cast<size_t>(std::max(program_.registers, 1)) + program_.arguments.size()) *
         static_cast<size_t>(length_);
}

void Strip::run(std::span<void* const> data, int64_t begin, int64_t end, float* scratch) const {
  StripCall call{program_.arguments.data(),
                 static_cast<int>(program_.arguments.size()),
                 program_.code.data(),
                 static_cast<int>(program_.code.size()),
                 std::max(program_.registers, 1),
                 data.data(),
                 begin,
                 end,
                 static_cast<int>(length_),
                 scratch};
  PULLBACK_SELECT_TABLE(isa_, strip_table).run(call);
}

}  // namespace pullback::kernels
