#pragma once

#include "run/native/schedule.h"

namespace pullback::native {

/// Has clusters of images compute cheap values anew instead of reading them from memory.
///
/// An elementwise value f(x, channels, numbers) with one operand x of its own size, such as a batch
/// norm's output, costs a write where it is made and a read in every later cluster that uses it. If
/// x is in memory anyway, those clusters can read x and apply f in the strip that needs the value:
/// the same numbers bit for bit, without the write. Chains of such values are followed to the
/// first one that is stored. Units whose value nothing reads any more are taken out.
///
/// A unit may then be in several clusters; each makes the value for itself, and it has no memory.
void recompute(const Graph& graph, const Units& units, std::vector<Cluster>& clusters);

}  // namespace pullback::native
