#pragma once

#include <deque>
#include <unordered_map>

#include "run/native/step.h"

namespace pullback::native {

/// Makes one strip program of elementwise units over the same count of elements.
class StripBuilder {
 public:
  /// Where an argument's elements are: at an address, `image_bytes` further for each image, or at
  /// `scratch_offset` floats of the thread's scratch.
  struct Source {
    std::byte* address = nullptr;
    int64_t image_bytes = 0;
    int64_t scratch_offset = -1;
  };
  /// Where the values that the strip reads and writes are; given by the step.
  struct Places {
    virtual ~Places() = default;
    /// The place of a stored value, or of one in scratch.
    virtual Source place(Value stored) const = 0;
    /// Whether the strip must write the value, because others read it.
    virtual bool is_stored(Value out) const = 0;
  };

  StripBuilder(const Memory& memory, const Places& places, int64_t count);
  void add(const Unit& unit);
  kernels::StripProgram take_program();
  const std::vector<Source>& sources() const { return sources_; }
  /// Splat constants, in memory that the step keeps.
  std::deque<float> take_numbers() { return std::move(numbers_); }

 private:
  int16_t operand(Value v);
  int16_t argument(const kernels::StripArgument& argument, const Source& source);
  int16_t splat(const Decimal& value, ElementType element);
  kernels::StripType strip_type(ElementType element) const;

  const Memory& m_;
  const Places& places_;
  int64_t count_;
  kernels::StripProgram program_;
  std::vector<Source> sources_;
  std::deque<float> numbers_;
  std::unordered_map<int32_t, int16_t> known_;  // value -> register or ~argument
};

}  // namespace pullback::native
