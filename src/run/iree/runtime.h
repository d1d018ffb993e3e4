#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "run/iree/component/interface.h"
#include "tensor/type.h"

namespace pullback::iree {

/// The runtime's library: $PULLBACK_IREE_RUNTIME if that is set, else where tools/iree puts it, in
/// the cache folder; there or not.
std::string runtime_library();

/// Loads it, once in a process. Throws Error that says how to build it.
const Interface& runtime();

struct CloseDevice {
  void operator()(Device* device) const { runtime().close(device); }
};
struct UnloadProgram {
  void operator()(Program* program) const { runtime().unload(program); }
};
struct ReleaseBuffer {
  void operator()(Buffer* buffer) const { runtime().release(buffer); }
};
using DeviceHandle = std::unique_ptr<Device, CloseDevice>;
using ProgramHandle = std::unique_ptr<Program, UnloadProgram>;
using BufferHandle = std::unique_ptr<Buffer, ReleaseBuffer>;

/// `device` is one of device_names(); `threads` 0: one per core. Throws Error that says what is
/// missing.
DeviceHandle open_device(const std::string& device, int threads);

// The others throw Error with IREE's message; `doing` says at what, e.g. "run step.mlir".
ProgramHandle load_program(Device* device, std::string_view module, const std::string& doing);
BufferHandle upload(Program* program, const Type& type, std::span<const std::byte> bytes,
                    const std::string& doing);
void read(Program* program, const Buffer* buffer, std::span<std::byte> bytes,
          const std::string& doing);
std::vector<BufferHandle> run(Program* program, const std::vector<BufferHandle>& arguments,
                              size_t results, const std::string& doing);

}  // namespace pullback::iree
