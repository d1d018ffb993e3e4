#include <algorithm>

#include "tests/proofs/random_draw.h"

namespace pullback::test {

namespace {

/// Window numbers and the tensors they speak of.
class Windows {
 public:
  Shape operand, indices, windows;
  List sizes;

  Windows(Draw& d, WindowNumbers& n) : operand(d.shape(0, 3)), d_(d), n_(n) {
    draw_window();
    draw_indices();
    draw_places();
    for (List* l :
         {&n.offset_dims, &n.collapsed_slice_dims, &n.operand_batching_dims,
          &n.start_indices_batching_dims, &n.start_index_map, &sizes, &indices, &windows}) {
      if (d.chance(3)) d.slip(*l);
    }
    n.index_vector_dim = d.slip(n.index_vector_dim);
  }

 private:
  /// What each axis of the operand is for, and the extent of a window along it.
  void draw_window() {
    for (size_t a = 0; a < operand.size(); ++a) {
      auto axis = static_cast<int64_t>(a);
      int64_t use = d_.in(0, 3);
      bool collapsed = use == 1, batching = use == 2;
      int64_t size = collapsed || batching ? 1 : d_.in(0, operand[a]);
      if (collapsed) n_.collapsed_slice_dims.push_back(axis);
      if (batching) n_.operand_batching_dims.push_back(axis);
      if (!collapsed && !batching) offsets_.push_back(size);
      if (!batching && d_.chance(2)) n_.start_index_map.push_back(axis);
      sizes.push_back(std::min(size, operand[a]));
    }
    d_.shuffle(n_.start_index_map);
  }
  /// The batch, an axis for each batching one of the operand, and the vectors.
  void draw_indices() {
    struct Axis {
      int64_t extent, batching;
    };
    std::vector<Axis> axes;
    if (d_.chance(2)) axes.push_back({d_.in(1, 3), -1});
    for (size_t k = 0; k < n_.operand_batching_dims.size(); ++k) {
      auto axis = static_cast<size_t>(n_.operand_batching_dims[k]);
      axes.push_back({operand[axis], static_cast<int64_t>(k)});
    }
    d_.shuffle(axes);
    for (const Axis& axis : axes) batch_.push_back(axis.extent);
    auto components = static_cast<int64_t>(n_.start_index_map.size());
    bool vectors = components != 1 || d_.chance(2);
    auto count = static_cast<int64_t>(axes.size());
    n_.index_vector_dim = vectors ? d_.in(0, count) : count;
    if (vectors) axes.insert(axes.begin() + n_.index_vector_dim, {components, -1});
    n_.start_indices_batching_dims.assign(n_.operand_batching_dims.size(), 0);
    for (size_t a = 0; a < axes.size(); ++a) {
      indices.push_back(axes[a].extent);
      if (axes[a].batching < 0) continue;
      n_.start_indices_batching_dims[static_cast<size_t>(axes[a].batching)] =
          static_cast<int64_t>(a);
    }
  }
  /// The windows' tensor: the offsets at some of its axes, ascending.
  void draw_places() {
    List order = d_.permutation(batch_.size() + offsets_.size());
    n_.offset_dims.assign(order.begin(), order.begin() + static_cast<int64_t>(offsets_.size()));
    std::sort(n_.offset_dims.begin(), n_.offset_dims.end());
    auto offset = offsets_.begin(), batch = batch_.begin();
    for (size_t a = 0; a < order.size(); ++a) {
      const Axes& places = n_.offset_dims;
      bool of_window =
          std::find(places.begin(), places.end(), static_cast<int64_t>(a)) != places.end();
      windows.push_back(of_window ? *offset++ : *batch++);
    }
  }

  Draw& d_;
  WindowNumbers& n_;
  List batch_, offsets_;
};

Type index_type(Draw& d, const Shape& shape) {
  return d.chance(30) ? Type{d.element(), shape} : i32(shape);
}

}  // namespace

Operands draw_gather(Draw& d, Gather& op) {
  Windows w(d, op.numbers);
  op.slice_sizes = w.sizes;
  op.indices_are_sorted = d.chance(2);
  return {{{d.element(), w.operand}, index_type(d, w.indices)}, {{-9, 9}, {-2, 5}}};
}

Operands draw_scatter(Draw& d, Scatter& op) {
  Windows w(d, op.numbers);
  op.update = d.chance(2) ? ScatterUpdate::add : ScatterUpdate::replace;
  op.indices_are_sorted = d.chance(2);
  op.unique_indices = d.chance(2);
  ElementType e = d.element();
  Type updates{d.chance(30) ? d.element() : e, w.windows};
  return {{{e, w.operand}, index_type(d, w.indices), updates}, {{-9, 9}, {-2, 5}, {-9, 9}}};
}

}  // namespace pullback::test
