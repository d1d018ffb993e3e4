#pragma once

#include <vector>

#include "run/native/unit.h"

namespace pullback::native {

/// Units that run together.
struct Cluster {
  enum class Kind : uint8_t {
    single,  ///< one unit over the whole batch, parallel inside
    flat,    ///< elementwise units over one count of elements: one strip
    images,  ///< units that are local to an image: image by image, intermediates in the cache
  };
  Kind kind = Kind::single;
  std::vector<size_t> units;
  int64_t batch = 0;  ///< images
  int64_t count = 0;  ///< flat: elements
};

/// Whether the unit can be run image by image.
bool is_image_unit(const Graph& graph, const Units& units, const Unit& unit);

/// Puts the units into clusters, in an order that respects what they read, and writes over a kept
/// argument only after its last reader. Prefers whatever can join the cluster under way, so that
/// values are used while they are in the cache.
std::vector<Cluster> schedule(const Graph& graph, const Units& units);

}  // namespace pullback::native
