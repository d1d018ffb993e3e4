#pragma once

#include <cstddef>
#include <cstdint>

/// What libpullback_iree.so offers: IREE's runtime, as far as it is used. The program loads it when
/// it is there, so that neither needs the other to build.
namespace pullback::iree {

inline constexpr int interface_version = 1;

struct Device;   ///< opened by a driver
struct Program;  ///< a compiled module on a device
struct Buffer;   ///< an array on a device

/// IREE's elements, of which there is one for each that a program's text has.
enum class Element : int32_t { f16, bf16, f32, f64, i1, i8, i16, i32, i64, u8, u16, u32, u64 };

struct Shape {
  Element element;
  size_t rank;
  const int64_t* sizes;
};

/// Functions give nullptr, or a message that free_message() takes back.
struct Interface {
  int version;          ///< interface_version
  const char* runtime;  ///< IREE's version, "3.13.0"
  void (*free_message)(char* message);
  /// `driver` is "local-task", which runs `threads` workers, or another of IREE's.
  char* (*open)(const char* driver, int threads, Device** device);
  void (*close)(Device* device);
  /// Keeps no part of the module's bytes. The function that runs is @main.
  char* (*load)(Device* device, const void* module, size_t size, Program** program);
  void (*unload)(Program* program);
  /// A copy of row-major elements on the program's device.
  char* (*upload)(Program* program, Shape shape, const void* bytes, size_t size, Buffer** buffer);
  char* (*read)(Program* program, const Buffer* buffer, void* bytes, size_t size);
  void (*release)(Buffer* buffer);
  /// Runs to the end; makes `result_count` buffers. The arguments stay as they are.
  char* (*run)(Program* program, Buffer* const* arguments, size_t argument_count, Buffer** results,
               size_t result_count);
  /// The most bytes that were on the program's device; 0 if unknown.
  int64_t (*memory)(const Program* program);
};

/// The one function of the library, of C linkage: "pullback_iree_interface".
using GetInterface = const Interface* (*)();

}  // namespace pullback::iree
