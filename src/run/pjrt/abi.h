#pragma once

#include <cstddef>
#include <cstdint>

/// The part of PJRT's C interface that is used, after its specification in XLA's
/// xla/pjrt/c/pjrt_c_api.h: every call takes one structure, which begins with its own size, and
/// returns an error or null. `slot` is the call's place in the plugin's table of functions; fields
/// under "out" are written by the plugin. tests/oracles/pjrt_abi.cpp compares all of it with that
/// header.
namespace pullback::pjrt::abi {

struct Error;
struct Event;
struct Client;
struct Device;
struct Memory;
struct DeviceDescription;
struct Executable;
struct LoadedExecutable;
struct Buffer;

struct Head {
  size_t size = 0;
  void* extension = nullptr;
};

struct Api {
  Head head;
  struct {
    Head head;
    int major, minor;
  } version;
  void (*functions[1])();  ///< as many as head.size says
};

/// Error codes, as in abseil's status.
enum Code : int {
  invalid_argument = 3,
  not_found = 5,
  resource_exhausted = 8,
  failed_precondition = 9,
  unimplemented = 12,
  internal = 13,
};

enum class ValueType : int { string, int64, int64_list, float32, boolean };
struct NamedValue {
  Head head;
  const char* name = nullptr;
  size_t name_size = 0;
  ValueType type = ValueType::string;
  union {
    const char* string;
    int64_t int64 = 0;
    const int64_t* int64_list;
    float float32;
    bool boolean;
  };
  size_t value_size = 0;  ///< elements of a string or list; 1 for a scalar
};

/// Element types of buffers.
enum class ElementCode : int {
  pred = 1,
  s8 = 2,
  s16 = 3,
  s32 = 4,
  s64 = 5,
  u8 = 6,
  u16 = 7,
  u32 = 8,
  u64 = 9,
  f16 = 10,
  f32 = 11,
  f64 = 12,
  bf16 = 13,
};

/// What may happen to the host's memory while a buffer is made from it.
enum class HostSemantics : int { immutable_until_transfer_completes = 1, immutable_zero_copy = 2 };

struct ErrorDestroy {
  static constexpr size_t slot = 0;
  Head head;
  Error* error = nullptr;
};
struct ErrorMessage {
  static constexpr size_t slot = 1;
  Head head;
  const Error* error = nullptr;
  const char* message = nullptr;  // out
  size_t message_size = 0;        // out
};
struct ErrorGetCode {
  static constexpr size_t slot = 2;
  Head head;
  const Error* error = nullptr;
  int code = 0;  // out
};
struct PluginInitialize {
  static constexpr size_t slot = 3;
  Head head;
};
struct PluginAttributes {
  static constexpr size_t slot = 4;
  Head head;
  const NamedValue* attributes = nullptr;  // out
  size_t num_attributes = 0;               // out
};
struct EventDestroy {
  static constexpr size_t slot = 5;
  Head head;
  Event* event = nullptr;
};
struct EventAwait {
  static constexpr size_t slot = 8;
  Head head;
  Event* event = nullptr;
};
/// Makes an error of the plugin's; callbacks return it.
using MakeError = Error* (*)(int code, const char* message, size_t message_size);
/// What a plugin asks of the store that the processes of a run share.
struct KeyValueGet {
  Head head;
  const char* key = nullptr;
  size_t key_size = 0;
  int timeout_in_ms = 0;
  MakeError* make_error = nullptr;
  void* user_arg = nullptr;
  char* value = nullptr;              // out
  size_t value_size = 0;              // out
  void (*delete_value)(char* value);  // out
};
struct KeyValueTryGet {
  Head head;
  const char* key = nullptr;
  size_t key_size = 0;
  MakeError* make_error = nullptr;
  void* user_arg = nullptr;
  char* value = nullptr;              // out
  size_t value_size = 0;              // out
  void (*delete_value)(char* value);  // out
};
struct KeyValuePut {
  Head head;
  const char* key = nullptr;
  size_t key_size = 0;
  const char* value = nullptr;
  size_t value_size = 0;
  MakeError* make_error = nullptr;
  void* user_arg = nullptr;
};

struct ClientCreate {
  static constexpr size_t slot = 10;
  Head head;
  const NamedValue* create_options = nullptr;
  size_t num_options = 0;
  Error* (*kv_get_callback)(KeyValueGet*) = nullptr;
  void* kv_get_user_arg = nullptr;
  Error* (*kv_put_callback)(KeyValuePut*) = nullptr;
  void* kv_put_user_arg = nullptr;
  Client* client = nullptr;  // out
  Error* (*kv_try_get_callback)(KeyValueTryGet*) = nullptr;
  void* kv_try_get_user_arg = nullptr;
};
struct ClientDestroy {
  static constexpr size_t slot = 11;
  Head head;
  Client* client = nullptr;
};
struct ClientPlatformName {
  static constexpr size_t slot = 12;
  Head head;
  Client* client = nullptr;
  const char* text = nullptr;  // out
  size_t text_size = 0;        // out
};
struct ClientPlatformVersion {
  static constexpr size_t slot = 14;
  Head head;
  Client* client = nullptr;
  const char* text = nullptr;  // out
  size_t text_size = 0;        // out
};
struct ClientAddressableDevices {
  static constexpr size_t slot = 16;
  Head head;
  Client* client = nullptr;
  Device* const* devices = nullptr;  // out
  size_t num_devices = 0;            // out
};
struct Program {
  Head head;
  char* code = nullptr;
  size_t code_size = 0;
  const char* format = nullptr;
  size_t format_size = 0;
};
struct ClientCompile {
  static constexpr size_t slot = 20;
  Head head;
  Client* client = nullptr;
  const Program* program = nullptr;
  const char* compile_options = nullptr;
  size_t compile_options_size = 0;
  LoadedExecutable* executable = nullptr;  // out
};
struct ClientBufferFromHostBuffer {
  static constexpr size_t slot = 22;
  Head head;
  Client* client = nullptr;
  const void* data = nullptr;
  ElementCode type = ElementCode::f32;
  const int64_t* dims = nullptr;
  size_t num_dims = 0;
  const int64_t* byte_strides = nullptr;  ///< none: row-major
  size_t num_byte_strides = 0;
  HostSemantics semantics = HostSemantics::immutable_until_transfer_completes;
  Device* device = nullptr;
  Memory* memory = nullptr;
  void* device_layout = nullptr;
  Event* done_with_host_buffer = nullptr;  // out
  Buffer* buffer = nullptr;                // out
};
struct DeviceDescriptionKind {
  static constexpr size_t slot = 26;
  Head head;
  DeviceDescription* description = nullptr;
  const char* text = nullptr;  // out
  size_t text_size = 0;        // out
};
struct DeviceGetDescription {
  static constexpr size_t slot = 29;
  Head head;
  Device* device = nullptr;
  DeviceDescription* description = nullptr;  // out
};
struct ExecutableDestroy {
  static constexpr size_t slot = 40;
  Head head;
  Executable* executable = nullptr;
};
struct ExecutableNumOutputs {
  static constexpr size_t slot = 44;
  Head head;
  Executable* executable = nullptr;
  size_t num_outputs = 0;  // out
};
struct LoadedExecutableDestroy {
  static constexpr size_t slot = 50;
  Head head;
  LoadedExecutable* executable = nullptr;
};
struct LoadedExecutableGetExecutable {
  static constexpr size_t slot = 51;
  Head head;
  LoadedExecutable* loaded_executable = nullptr;
  Executable* executable = nullptr;  // out
};
struct LoadedExecutableAddressableDevices {
  static constexpr size_t slot = 52;
  Head head;
  LoadedExecutable* executable = nullptr;
  Device* const* devices = nullptr;  // out
  size_t num_devices = 0;            // out
};
struct ExecuteOptions {
  Head head;
  void* send_callbacks = nullptr;
  void* recv_callbacks = nullptr;
  size_t num_send_ops = 0;
  size_t num_recv_ops = 0;
  int launch_id = 0;
  const int64_t* non_donatable_input_indices = nullptr;
  size_t num_non_donatable_input_indices = 0;
  void* context = nullptr;
  const char* call_location = nullptr;
  size_t num_tasks = 0;
  int* task_ids = nullptr;
  int64_t* incarnation_ids = nullptr;
};
struct LoadedExecutableExecute {
  static constexpr size_t slot = 55;
  Head head;
  LoadedExecutable* executable = nullptr;
  ExecuteOptions* options = nullptr;
  Buffer* const* const* argument_lists = nullptr;  ///< [device][argument]
  size_t num_devices = 0;
  size_t num_args = 0;
  Buffer** const* output_lists = nullptr;    ///< [device][result], memory of the caller; out
  Event** device_complete_events = nullptr;  ///< [device], memory of the caller; out
  Device* execute_device = nullptr;
};
struct BufferDestroy {
  static constexpr size_t slot = 58;
  Head head;
  Buffer* buffer = nullptr;
};
/// A layout of memory: here always dense tiles of one element, the axes from minor to major.
struct MemoryLayout {
  Head head;
  struct {
    Head head;
    const int64_t* minor_to_major = nullptr;
    size_t minor_to_major_size = 0;
    const int64_t* tile_dims = nullptr;
    const size_t* tile_dim_sizes = nullptr;
    size_t num_tiles = 0;
  } tiled;
  int type = 0;  ///< tiled
};
struct BufferToHostBuffer {
  static constexpr size_t slot = 70;
  Head head;
  Buffer* src = nullptr;
  MemoryLayout* host_layout = nullptr;
  void* dst = nullptr;
  size_t dst_size = 0;
  Event* event = nullptr;  // out
};
struct BufferReadyEvent {
  static constexpr size_t slot = 72;
  Head head;
  Buffer* buffer = nullptr;
  Event* event = nullptr;  // out
};
struct ExecutableGetCompiledMemoryStats {
  static constexpr size_t slot = 96;
  Head head;
  Executable* executable = nullptr;
  int64_t generated_code = 0, arguments = 0, outputs = 0, aliased = 0, temporaries = 0;  // out
  int64_t host_generated_code = 0, host_arguments = 0, host_outputs = 0, host_aliased = 0,
          host_temporaries = 0;  // out
  int64_t peak = 0;              // out
};

}  // namespace pullback::pjrt::abi
