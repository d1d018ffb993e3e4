#pragma once

#include <utility>
#include <vector>

#include "ir/ops.h"
#include "parse/cursor.h"

/// The larger literals of the text.
namespace pullback {

/// "dense<…>" of a constant of this type: one value for all elements, a nested list of all, or the
/// elements' bytes in hexadecimal, "0x0000803F".
std::vector<Decimal> parse_dense(Cursor& in, const Type& type);

/// "[[0, 1], [0, 1]]".
std::vector<std::pair<int64_t, int64_t>> parse_pairs(Cursor& in);

/// Integers in any of the ways attributes write lists: "[1, 2]", "array<i64: 1, 2>",
/// "array<i1: true>", "dense<[1, 2]> : tensor<2xi64>", "dense<1> : tensor<2xi64>".
std::vector<int64_t> parse_integer_list(Cursor& in);

/// "dense<[[0, 1], [0, 1]]> : tensor<2x2xi64>" or "dense<0> : tensor<2x2xi64>".
std::vector<std::pair<int64_t, int64_t>> parse_padding(Cursor& in);

/// "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]": which axis of each tensor is what.
ConvolutionDimensions parse_convolution_dimensions(Cursor& in);

/// "EQ", "NE", "GE", "GT", "LE" or "LT".
Direction parse_direction(Cursor& in);
/// Takes "TOTALORDER" if it stands here and elements of this type are floats.
bool accept_total_order(Cursor& in, ElementType element);
/// "FLOAT", "SIGNED" or "UNSIGNED", whichever compares elements of this type.
void parse_compare_type(Cursor& in, ElementType element);

}  // namespace pullback
