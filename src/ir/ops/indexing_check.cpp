#include "ir/ops/indexing_check.h"

#include <algorithm>

#include "ir/builder.h"
#include "ir/ops/axes.h"

namespace pullback {

namespace {

/// What the specification calls the window numbers, and the clauses about them.
struct Clauses {
  const char *offset, *collapsed, *batching, *indices_batching, *map;
  const char *ranks, *vector, *map_size, *offset_order, *offset_range, *collapsed_unique,
      *collapsed_order, *collapsed_range, *batching_order, *batching_range, *indices_unique,
      *indices_range, *indices_vector, *batching_count, *batching_extent, *map_unique, *map_range,
      *indices_type, *windows;
};

constexpr Clauses gather_clauses{"offset_dims",
                                 "collapsed_slice_dims",
                                 "operand_batching_dims",
                                 "start_indices_batching_dims",
                                 "start_index_map",
                                 "gather_c1",
                                 "gather_c2",
                                 "gather_c3",
                                 "gather_c4",
                                 "gather_c5",
                                 "gather_c6",
                                 "gather_c7",
                                 "gather_c8",
                                 "gather_c10",
                                 "gather_c11",
                                 "gather_c13",
                                 "gather_c14",
                                 "gather_c15",
                                 "gather_c16",
                                 "gather_c17",
                                 "gather_c18",
                                 "gather_c19",
                                 "gather_i2",
                                 "gather_c22"};
constexpr Clauses scatter_clauses{"update_window_dims",
                                  "inserted_window_dims",
                                  "input_batching_dims",
                                  "scatter_indices_batching_dims",
                                  "scatter_dims_to_operand_dims",
                                  "scatter_c2",
                                  "scatter_c22",
                                  "scatter_c19",
                                  "scatter_c7",
                                  "scatter_c8",
                                  "scatter_c9",
                                  "scatter_c10",
                                  "scatter_c11",
                                  "scatter_c12",
                                  "scatter_c13",
                                  "scatter_c14",
                                  "scatter_c15",
                                  "scatter_c16",
                                  "scatter_c17",
                                  "scatter_c18",
                                  "scatter_c20",
                                  "scatter_c21",
                                  "scatter_i2",
                                  "scatter_c4"};

class Check {
 public:
  Check(const Clauses& clauses, const WindowNumbers& numbers, const Shape& operand,
        const Type& indices)
      : c_(clauses), n_(numbers), operand_(operand), indices_(indices) {}

  void run() const {
    require(is_index(indices_.element), c_.indices_type, [&] {
      return "the indices are " + indices_.text() + "; they must be of an integer type";
    });
    check_ranks();
    check_collapsed();
    check_batching();
    check_map();
  }

  /// The extents of the windows' tensor: those of the batch at the other axes than offset_dims.
  Shape windows(const std::vector<int64_t>& offsets) const {
    Axes batch = other_axes(indices_.rank(), {n_.index_vector_dim});
    Shape shape(batch.size() + offsets.size());
    for (size_t k = 0; k < offsets.size(); ++k) {
      shape[static_cast<size_t>(n_.offset_dims[k])] = offsets[k];
    }
    Axes places = other_axes(static_cast<int64_t>(shape.size()), n_.offset_dims);
    for (size_t k = 0; k < batch.size(); ++k) {
      shape[static_cast<size_t>(places[k])] = indices_.shape[static_cast<size_t>(batch[k])];
    }
    return shape;
  }
  /// The axes of the operand that windows run along.
  Axes kept() const { return other_axes(rank(), joined(n_.collapsed_slice_dims)); }
  int64_t windows_rank() const {
    bool vectors = n_.index_vector_dim < indices_.rank();
    return indices_.rank() - (vectors ? 1 : 0) + static_cast<int64_t>(n_.offset_dims.size());
  }

 private:
  int64_t rank() const { return static_cast<int64_t>(operand_.size()); }
  /// The axes, then operand_batching_dims.
  Axes joined(Axes axes) const {
    axes.insert(axes.end(), n_.operand_batching_dims.begin(), n_.operand_batching_dims.end());
    return axes;
  }
  static void require_sorted(const Axes& axes, const char* clause, const char* what) {
    require(std::is_sorted(axes.begin(), axes.end()), clause,
            [&] { return std::string(what) + " " + axes_text(axes) + " must ascend"; });
  }

  void check_ranks() const {
    size_t count =
        n_.offset_dims.size() + n_.collapsed_slice_dims.size() + n_.operand_batching_dims.size();
    require(operand_.size() == count, c_.ranks, [&] {
      return std::string(c_.offset) + ", " + c_.collapsed + " and " + c_.batching + " name " +
             std::to_string(count) + " axes of an operand of rank " + std::to_string(rank());
    });
    require(0 <= n_.index_vector_dim && n_.index_vector_dim <= indices_.rank(), c_.vector, [&] {
      return "index_vector_dim " + std::to_string(n_.index_vector_dim) +
             " is neither an axis of the indices " + indices_.text() + " nor their rank";
    });
    bool vectors = n_.index_vector_dim < indices_.rank();
    int64_t components = vectors ? indices_.shape[static_cast<size_t>(n_.index_vector_dim)] : 1;
    require(static_cast<int64_t>(n_.start_index_map.size()) == components, c_.map_size, [&] {
      return std::string(c_.map) + " " + axes_text(n_.start_index_map) + " have " +
             std::to_string(n_.start_index_map.size()) + " entries for index vectors of " +
             std::to_string(components);
    });
    require_unique(n_.offset_dims, c_.offset_order, c_.offset);
    require_sorted(n_.offset_dims, c_.offset_order, c_.offset);
    require_in_range(n_.offset_dims, windows_rank(), c_.offset_range, c_.offset);
  }

  void check_collapsed() const {
    require_unique(joined(n_.collapsed_slice_dims), c_.collapsed_unique,
                   std::string(c_.collapsed) + " and " + c_.batching);
    require_sorted(n_.collapsed_slice_dims, c_.collapsed_order, c_.collapsed);
    require_in_range(n_.collapsed_slice_dims, rank(), c_.collapsed_range, c_.collapsed);
  }

  void check_batching() const {
    const Axes &operand = n_.operand_batching_dims, &indices = n_.start_indices_batching_dims;
    require_sorted(operand, c_.batching_order, c_.batching);
    require_in_range(operand, rank(), c_.batching_range, c_.batching);
    require_unique(indices, c_.indices_unique, c_.indices_batching);
    require_in_range(indices, indices_.rank(), c_.indices_range, c_.indices_batching);
    require(!contains(indices, n_.index_vector_dim), c_.indices_vector, [&] {
      return "index_vector_dim " + std::to_string(n_.index_vector_dim) + " is among " +
             c_.indices_batching + " " + axes_text(indices);
    });
    require(operand.size() == indices.size(), c_.batching_count, [&] {
      return std::string(c_.batching) + " " + axes_text(operand) + " and " + c_.indices_batching +
             " " + axes_text(indices) + " are not as many";
    });
    for (size_t k = 0; k < operand.size(); ++k) {
      int64_t x = operand_[static_cast<size_t>(operand[k])];
      int64_t i = indices_.shape[static_cast<size_t>(indices[k])];
      require(x == i, c_.batching_extent, [&] {
        return "axis " + std::to_string(operand[k]) + " of the operand has " + std::to_string(x) +
               " elements, axis " + std::to_string(indices[k]) + " of the indices " +
               std::to_string(i);
      });
    }
  }

  void check_map() const {
    require_unique(joined(n_.start_index_map), c_.map_unique,
                   std::string(c_.map) + " and " + c_.batching);
    require_in_range(n_.start_index_map, rank(), c_.map_range, c_.map);
  }

  const Clauses& c_;
  const WindowNumbers& n_;
  const Shape& operand_;
  const Type& indices_;
};

}  // namespace

Shape check_gather(const WindowNumbers& numbers, const std::vector<int64_t>& slice_sizes,
                   const Shape& operand, const Type& indices) {
  Check check(gather_clauses, numbers, operand, indices);
  check.run();
  require(slice_sizes.size() == operand.size(), "gather_c20", [&] {
    return "slice_sizes " + axes_text(slice_sizes) + " have " + std::to_string(slice_sizes.size()) +
           " entries for an operand of rank " + std::to_string(operand.size());
  });
  for (size_t d = 0; d < operand.size(); ++d) {
    auto axis = static_cast<int64_t>(d);
    require(0 <= slice_sizes[d] && slice_sizes[d] <= operand[d], "gather_c21", [&] {
      return "on axis " + std::to_string(d) + " a slice of " + std::to_string(slice_sizes[d]) +
             " elements does not fit in an extent of " + std::to_string(operand[d]);
    });
    bool collapsed = contains(numbers.collapsed_slice_dims, axis);
    require(!collapsed || slice_sizes[d] == 1, "gather_c9", [&] {
      return "a slice has " + std::to_string(slice_sizes[d]) + " elements on axis " +
             std::to_string(d) + ", which is collapsed; it must have 1";
    });
    bool batching = contains(numbers.operand_batching_dims, axis);
    require(!batching || slice_sizes[d] <= 1, "gather_c12", [&] {
      return "a slice has " + std::to_string(slice_sizes[d]) + " elements on axis " +
             std::to_string(d) + ", which is a batching one; it must have at most 1";
    });
  }
  Shape shape = check.windows(extents_of(slice_sizes, check.kept()));
  require_shape(shape, "gather_c22");
  return shape;
}

void check_scatter(const WindowNumbers& numbers, const Shape& operand, const Type& indices,
                   const Shape& updates) {
  Check check(scatter_clauses, numbers, operand, indices);
  check.run();
  bool fits = static_cast<int64_t>(updates.size()) == check.windows_rank();
  Shape extents;
  if (fits) {
    extents = extents_of(updates, numbers.offset_dims);
    Shape room = extents_of(operand, check.kept());
    for (size_t k = 0; k < extents.size(); ++k) fits = fits && extents[k] <= room[k];
  }
  require(fits && updates == check.windows(extents), "scatter_c4", [&] {
    return "updates of shape " + axes_text(updates) + " are not the batch of the indices " +
           indices.text() + " with windows of an operand of shape " + axes_text(operand) +
           " at the axes " + axes_text(numbers.offset_dims);
  });
}

}  // namespace pullback
