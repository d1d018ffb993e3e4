#include "check/groups.h"

#include "ir/builder.h"
#include "ir/ops/axes.h"
#include "ir/ops/sliding.h"
#include "tensor/index.h"

namespace pullback {

void for_each_group(const Reduce& op, const Shape& operand, const VisitGroup& visit) {
  auto kept =
      offsets_along(operand, other_axes(static_cast<int64_t>(operand.size()), op.dimensions));
  auto reduced = offsets_along(operand, ascending(op.dimensions));
  std::vector<int64_t> group(reduced.size());
  for (size_t o = 0; o < kept.size(); ++o) {
    for (size_t k = 0; k < reduced.size(); ++k) group[k] = kept[o] + reduced[k];
    visit(o, group);
  }
}

void for_each_group(const std::vector<WindowDimension>& window, const Shape& operand,
                    const VisitGroup& visit) {
  std::vector<Sliding> sliding = slidings(window, operand);
  Shape outputs;
  for (const Sliding& s : sliding) outputs.push_back(s.count());
  if (element_count(outputs) == 0) return;
  Shape strides = strides_of(operand), none(window.size(), 0);
  std::vector<int64_t> index(outputs.size(), 0), group;
  std::vector<Tap> taps;
  size_t o = 0;
  do {
    taps_at(sliding, strides, none, index, taps);
    group.clear();
    for (const Tap& tap : taps) group.push_back(tap.input);
    visit(o++, group);
  } while (next_index(index, outputs));
}

int64_t first_maximum(std::span<const double> x, std::span<const int64_t> group) {
  int64_t best = group[0];
  for (int64_t i : group) {
    if (x[static_cast<size_t>(best)] < x[static_cast<size_t>(i)]) best = i;
  }
  return best;
}

}  // namespace pullback
