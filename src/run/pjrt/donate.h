#pragma once

#include <string>
#include <string_view>

namespace pullback::pjrt {

/// The text with the attribute `tf.aliasing_output = i : i32` on argument i of its function @main,
/// for i < kept: XLA then writes result i into the memory of argument i, whose buffer is used up.
/// It changes nothing in what the program computes, and no other character of the text.
/// Throws Error if @main has fewer arguments.
std::string with_donation(std::string_view text, size_t kept);

}  // namespace pullback::pjrt
