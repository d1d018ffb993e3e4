#include "tests/ir/op_cases.h"

#include <algorithm>
#include <ostream>

#include "autodiff/backward.h"
#include "ir/builder.h"

namespace pullback::test {

namespace {

template <class T>
std::vector<T> joined(std::vector<std::vector<T>> tables) {
  std::vector<T> all;
  for (auto& table : tables) std::move(table.begin(), table.end(), std::back_inserter(all));
  return all;
}

}  // namespace

std::vector<OpCase> op_cases() {
  return joined<OpCase>({elementwise_cases(), shape_cases(), slice_cases(), dynamic_cases(),
                         indexing_cases(), reduce_cases(), dot_cases(), convolution_cases(),
                         window_cases(), softmax_cases(), batch_norm_cases(), control_cases(),
                         collective_cases()});
}

std::vector<Rejection> rejections() {
  return joined<Rejection>({elementwise_rejections(), shape_rejections(), slice_rejections(),
                            dynamic_rejections(), indexing_rejections(), reduce_rejections(),
                            dot_rejections(), convolution_rejections(), window_rejections(),
                            softmax_rejections(), batch_norm_rejections(), control_rejections(),
                            collective_rejections()});
}

void PrintTo(const OpCase& c, std::ostream* out) { *out << c.name; }
void PrintTo(const Rejection& r, std::ostream* out) { *out << r.name; }

namespace {

/// splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
uint64_t next_random(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Tensor random_tensor(const Type& type, Range range, uint64_t seed, int part, int parts) {
  Tensor tensor(type);
  uint64_t state = seed * 1000 + static_cast<uint64_t>(part);
  const int64_t n = tensor.count();
  if (!is_float(type.element)) {
    bool coin = type.element == ElementType::i1;
    uint64_t width = coin ? 2 : static_cast<uint64_t>(range.high - range.low) + 1;
    for (int64_t i = 0; i < n; ++i) {
      tensor.set(i, static_cast<double>(next_random(state) % width) + (coin ? 0 : range.low));
    }
    return tensor;
  }
  std::vector<int64_t> cells(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    size_t j = next_random(state) % static_cast<size_t>(i + 1);
    cells[static_cast<size_t>(i)] = cells[j];
    cells[j] = i;
  }
  const double place = (part + 0.382) / parts;  // within the cell
  const double width = (range.high - range.low) / static_cast<double>(std::max<int64_t>(n, 1));
  for (int64_t i = 0; i < n; ++i) {
    tensor.set(i, range.low + width * (static_cast<double>(cells[static_cast<size_t>(i)]) + place));
  }
  return tensor;
}

std::vector<Tensor> inputs_of(const OpCase& c, ElementType precision) {
  std::vector<Tensor> inputs;
  for (size_t k = 0; k < c.operands.size(); ++k) {
    Type type = c.operands[k];
    if (type.element == ElementType::f32) type = type.with(precision);
    Range range = k < c.ranges.size() ? c.ranges[k] : Range{};
    inputs.push_back(
        random_tensor(type, range, 1, static_cast<int>(k), static_cast<int>(c.operands.size())));
  }
  return inputs;
}

namespace {

Values operands_in(Builder& b, const OpCase& c) {
  Values operands;
  for (size_t k = 0; k < c.operands.size(); ++k) {
    operands.push_back(b.argument("x" + std::to_string(k), c.operands[k]));
  }
  return operands;
}

}  // namespace

Graph forward_graph(const OpCase& c) {
  Graph graph;
  Builder b(graph);
  Values operands = operands_in(b, c);
  b.result(b.emit(c.op, operands, "y"));
  return graph;
}

std::vector<bool> differentiable(const OpCase& c) {
  std::vector<bool> result;
  for (const Type& type : c.operands) {
    result.push_back(is_float(type.element) && is_float(c.result.element));
  }
  if (std::holds_alternative<Polygamma>(c.op)) result[0] = false;  // an order, not a number
  return result;
}

Graph vjp_graph(const OpCase& c, const std::vector<bool>& needs) {
  Graph graph;
  Builder b(graph);
  Values operands = operands_in(b, c);
  Value cotangent = b.argument("ct", c.result);
  Value y = b.emit(c.op, operands, "y");
  Values cotangents = vjp(c.op, b,
                          {.operands = operands,
                           .result = y,
                           .cotangent = cotangent,
                           .needs = needs,
                           .group = {{result_index(c.op), y, cotangent}},
                           .pull_back = pull_back});
  PULLBACK_CHECK(cotangents.size() == operands.size(), c.name);
  for (size_t k = 0; k < operands.size(); ++k) {
    if (!needs[k]) continue;
    b.result(cotangents[k] ? cotangents[k] : b.constant(c.operands[k], 0));
  }
  return graph;
}

}  // namespace pullback::test
