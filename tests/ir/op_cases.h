#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"

/// One table of uses of every op drives the tests of inference, evaluation, VJPs, the printer's
/// round trip and the backends. Tables of an op family live in op_cases_<family>.cpp.
namespace pullback::test {

/// Where an operand's values lie.
struct Range {
  double low = -1, high = 1;
};

struct OpCase {
  std::string name;  ///< letters, digits, '_': a test's name; starts with the op's name
  Op op;
  std::vector<Type> operands;
  Type result;                     ///< what `infer` must return
  std::vector<Range> ranges = {};  ///< one per operand; [-1, 1] where it ends
};

/// Every op with ordinary and awkward shapes and attributes: extents 0 and 1, strides beyond the
/// extent, negative padding, dilation, groups.
std::vector<OpCase> op_cases();

std::vector<OpCase> elementwise_cases();
std::vector<OpCase> shape_cases();
std::vector<OpCase> slice_cases();
std::vector<OpCase> dynamic_cases();
std::vector<OpCase> indexing_cases();
std::vector<OpCase> reduce_cases();
std::vector<OpCase> dot_cases();
std::vector<OpCase> convolution_cases();
std::vector<OpCase> window_cases();
std::vector<OpCase> softmax_cases();
std::vector<OpCase> batch_norm_cases();
std::vector<OpCase> control_cases();
std::vector<OpCase> collective_cases();

/// A use that `infer` must reject.
struct Rejection {
  std::string name;  ///< "<clause>_rejects_…", or "<op>_rejects_…" for a rule without a clause
  Op op;
  std::vector<Type> operands;
  std::string clause;   ///< "slice_c3", or ""
  std::string message;  ///< a part of the message
};

std::vector<Rejection> rejections();
std::vector<Rejection> elementwise_rejections();
std::vector<Rejection> shape_rejections();
std::vector<Rejection> slice_rejections();
std::vector<Rejection> dynamic_rejections();
std::vector<Rejection> indexing_rejections();
std::vector<Rejection> reduce_rejections();
std::vector<Rejection> dot_rejections();
std::vector<Rejection> convolution_rejections();
std::vector<Rejection> window_rejections();
std::vector<Rejection> softmax_rejections();
std::vector<Rejection> batch_norm_rejections();
std::vector<Rejection> control_rejections();
std::vector<Rejection> collective_rejections();

/// For GoogleTest's output: the case's name.
void PrintTo(const OpCase& c, std::ostream* out);
void PrintTo(const Rejection& r, std::ostream* out);

inline Type f32(Shape shape) { return {ElementType::f32, std::move(shape)}; }
inline Type f64(Shape shape) { return {ElementType::f64, std::move(shape)}; }
inline Type i32(Shape shape) { return {ElementType::i32, std::move(shape)}; }
inline Type i1(Shape shape) { return {ElementType::i1, std::move(shape)}; }

/// A tensor of `type` with values in the range, the same on every run. Floats lie in cells of equal
/// width, one value a cell, in random order: no two are equal, none is 0 in a symmetric range, and
/// operands number `part` of `parts` share no value. Integers are uniform, an i1 is a coin.
Tensor random_tensor(const Type& type, Range range, uint64_t seed, int part = 0, int parts = 1);

/// Values for a case's operands, in `precision` where the table says f32.
std::vector<Tensor> inputs_of(const OpCase& c, ElementType precision = ElementType::f32);

/// @main(x0, x1, …) -> result: the op alone.
Graph forward_graph(const OpCase& c);

/// Which operands can get a cotangent: those of floats, if the result is of floats.
std::vector<bool> differentiable(const OpCase& c);

/// @main(x0, x1, …, ct) -> the cotangents of the operands with `needs`, 0 where the rule returns
/// none.
Graph vjp_graph(const OpCase& c, const std::vector<bool>& needs);

}  // namespace pullback::test
