#pragma once

#include <utility>

#include "base/random.h"
#include "tests/ir/op_cases.h"

namespace pullback::test {

using List = std::vector<int64_t>;

/// Random attributes; now and then one is a little wrong.
class Draw {
 public:
  explicit Draw(Random& random) : random_(random) {}

  /// low … high.
  int64_t in(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_.below(static_cast<uint64_t>(high - low + 1)));
  }
  bool chance(int of) { return random_.below(static_cast<uint64_t>(of)) == 0; }
  /// The number, or one that is off.
  int64_t slip(int64_t n) { return chance(60) ? n + in(-2, 2) : n; }
  void slip(List& list) {
    for (int64_t& n : list) n = slip(n);
    if (!list.empty() && chance(60)) list.pop_back();
    if (chance(120)) list.push_back(in(-1, 1));
  }
  int64_t extent() { return chance(25) ? 0 : in(1, 4); }
  Shape shape(int64_t low, int64_t high) {
    Shape result(static_cast<size_t>(in(low, high)));
    for (int64_t& d : result) d = extent();
    return result;
  }
  template <class T>
  void shuffle(std::vector<T>& list) {
    for (size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random_.below(i)]);
  }
  List permutation(size_t n) {
    List list(n);
    for (size_t i = 0; i < n; ++i) list[i] = static_cast<int64_t>(i);
    shuffle(list);
    return list;
  }
  /// Some of 0 … n - 1, in any order.
  List some(size_t n) {
    List list = permutation(n);
    list.resize(static_cast<size_t>(in(0, static_cast<int64_t>(n))));
    return list;
  }
  ElementType element() {
    constexpr ElementType all[] = {ElementType::f32, ElementType::f64, ElementType::f64,
                                   ElementType::i32, ElementType::i1};
    return all[in(0, 4)];
  }
  ElementType floating() { return chance(2) ? ElementType::f32 : ElementType::f64; }
  Direction direction() { return static_cast<Direction>(in(0, 5)); }
  Reduction reduction() { return chance(2) ? Reduction::add : Reduction::max; }
  WindowDimension window(bool dilated) {
    WindowDimension w;
    w.size = slip(in(1, 3));
    w.stride = slip(in(1, 3));
    if (dilated) w.base_dilation = slip(in(1, 2)), w.window_dilation = slip(in(1, 2));
    w.padding_low = in(-1, 2);
    w.padding_high = in(-1, 2);
    return w;
  }

 private:
  Random& random_;
};

/// The operands' types of one op, and their ranges.
struct Operands {
  std::vector<Type> types;
  std::vector<Range> ranges = {};
};

/// Windows at places that indices name, the axes of all three tensors in some order
/// (random_indexing.cpp).
Operands draw_gather(Draw& d, Gather& op);
Operands draw_scatter(Draw& d, Scatter& op);

}  // namespace pullback::test
