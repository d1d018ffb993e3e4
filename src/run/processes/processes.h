#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "tensor/tensor.h"

namespace pullback {

/// The processes of one run, started together by `mpirun -n N`. Calls that exchange something are
/// made by all of them, in the same order and from the same thread; they throw Error with MPI's
/// message if a process or the network is lost.
class Processes {
 public:
  virtual ~Processes() = default;
  virtual int rank() const = 0;   ///< of this process, from 0
  virtual int count() const = 0;  ///< of all machines
  /// Processes on this machine, which share its cores.
  virtual int on_this_machine() const = 0;

  /// Replaces f32, f64 or i32 elements by their sums over the processes: the same bits on each.
  virtual void sum(ElementType element, std::span<std::byte> values) = 0;
  /// Replaces the bytes by those of process 0.
  virtual void take_first(std::span<std::byte> bytes) = 0;
  /// Waits, asleep, until all processes are here.
  virtual void wait() = 0;
  /// Ends the processes of the run, as one that cannot go on must: the others would wait for it.
  [[noreturn]] virtual void abort(int status) = 0;
};

/// Those of this process's run; null if it was started alone. Throws Error if mpirun started
/// several and the component is missing or of another version.
std::shared_ptr<Processes> join_processes();

}  // namespace pullback
