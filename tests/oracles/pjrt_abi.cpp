// Compares src/run/pjrt/abi.h with PJRT's own header: sizes, offsets, places in the table of
// functions, values of constants. Compiling it is the test.
#include "run/pjrt/abi.h"

#include "pjrt_c_api.h"

namespace abi = pullback::pjrt::abi;

#define SAME_FIELD(ours, our_field, theirs, their_field)                          \
  static_assert(offsetof(abi::ours, our_field) == offsetof(theirs, their_field)); \
  static_assert(sizeof(abi::ours::our_field) == sizeof(theirs::their_field))
#define SAME_CALL(ours, theirs)                                                    \
  static_assert(offsetof(abi::Api, functions) + sizeof(void*) * abi::ours::slot == \
                offsetof(PJRT_Api, theirs));                                       \
  static_assert(sizeof(abi::ours) == sizeof(theirs##_Args))
#define SAME_VALUE(ours, theirs) static_assert(static_cast<int>(ours) == theirs)

SAME_FIELD(Api, head.size, PJRT_Api, struct_size);
SAME_FIELD(Api, version.major, PJRT_Api, pjrt_api_version.major_version);
SAME_FIELD(Api, version.minor, PJRT_Api, pjrt_api_version.minor_version);
static_assert(offsetof(abi::Api, functions) == offsetof(PJRT_Api, PJRT_Error_Destroy));
SAME_FIELD(Head, extension, PJRT_Error_Destroy_Args, extension_start);

SAME_CALL(ErrorDestroy, PJRT_Error_Destroy);
SAME_FIELD(ErrorDestroy, error, PJRT_Error_Destroy_Args, error);
SAME_CALL(ErrorMessage, PJRT_Error_Message);
SAME_FIELD(ErrorMessage, message, PJRT_Error_Message_Args, message);
SAME_FIELD(ErrorMessage, message_size, PJRT_Error_Message_Args, message_size);
SAME_CALL(ErrorGetCode, PJRT_Error_GetCode);
SAME_FIELD(ErrorGetCode, code, PJRT_Error_GetCode_Args, code);
SAME_CALL(PluginInitialize, PJRT_Plugin_Initialize);
SAME_CALL(PluginAttributes, PJRT_Plugin_Attributes);
SAME_FIELD(PluginAttributes, attributes, PJRT_Plugin_Attributes_Args, attributes);
SAME_FIELD(PluginAttributes, num_attributes, PJRT_Plugin_Attributes_Args, num_attributes);
SAME_CALL(EventDestroy, PJRT_Event_Destroy);
SAME_CALL(EventAwait, PJRT_Event_Await);
SAME_FIELD(EventAwait, event, PJRT_Event_Await_Args, event);
SAME_CALL(ClientCreate, PJRT_Client_Create);
SAME_FIELD(ClientCreate, create_options, PJRT_Client_Create_Args, create_options);
SAME_FIELD(ClientCreate, num_options, PJRT_Client_Create_Args, num_options);
SAME_FIELD(ClientCreate, kv_get_callback, PJRT_Client_Create_Args, kv_get_callback);
SAME_FIELD(ClientCreate, kv_put_user_arg, PJRT_Client_Create_Args, kv_put_user_arg);
SAME_FIELD(ClientCreate, client, PJRT_Client_Create_Args, client);
SAME_FIELD(ClientCreate, kv_try_get_user_arg, PJRT_Client_Create_Args, kv_try_get_user_arg);
SAME_CALL(ClientDestroy, PJRT_Client_Destroy);
SAME_CALL(ClientPlatformName, PJRT_Client_PlatformName);
SAME_FIELD(ClientPlatformName, text, PJRT_Client_PlatformName_Args, platform_name);
SAME_CALL(ClientPlatformVersion, PJRT_Client_PlatformVersion);
SAME_FIELD(ClientPlatformVersion, text, PJRT_Client_PlatformVersion_Args, platform_version);
SAME_CALL(ClientAddressableDevices, PJRT_Client_AddressableDevices);
SAME_FIELD(ClientAddressableDevices, devices, PJRT_Client_AddressableDevices_Args,
           addressable_devices);
SAME_CALL(ClientCompile, PJRT_Client_Compile);
SAME_FIELD(ClientCompile, program, PJRT_Client_Compile_Args, program);
SAME_FIELD(ClientCompile, compile_options, PJRT_Client_Compile_Args, compile_options);
SAME_FIELD(ClientCompile, executable, PJRT_Client_Compile_Args, executable);
static_assert(sizeof(abi::Program) == sizeof(PJRT_Program));
SAME_FIELD(Program, code, PJRT_Program, code);
SAME_FIELD(Program, code_size, PJRT_Program, code_size);
SAME_FIELD(Program, format, PJRT_Program, format);
SAME_CALL(ClientBufferFromHostBuffer, PJRT_Client_BufferFromHostBuffer);
SAME_FIELD(ClientBufferFromHostBuffer, data, PJRT_Client_BufferFromHostBuffer_Args, data);
SAME_FIELD(ClientBufferFromHostBuffer, type, PJRT_Client_BufferFromHostBuffer_Args, type);
SAME_FIELD(ClientBufferFromHostBuffer, dims, PJRT_Client_BufferFromHostBuffer_Args, dims);
SAME_FIELD(ClientBufferFromHostBuffer, semantics, PJRT_Client_BufferFromHostBuffer_Args,
           host_buffer_semantics);
SAME_FIELD(ClientBufferFromHostBuffer, device, PJRT_Client_BufferFromHostBuffer_Args, device);
SAME_FIELD(ClientBufferFromHostBuffer, memory, PJRT_Client_BufferFromHostBuffer_Args, memory);
SAME_FIELD(ClientBufferFromHostBuffer, done_with_host_buffer, PJRT_Client_BufferFromHostBuffer_Args,
           done_with_host_buffer);
SAME_FIELD(ClientBufferFromHostBuffer, buffer, PJRT_Client_BufferFromHostBuffer_Args, buffer);
SAME_CALL(DeviceDescriptionKind, PJRT_DeviceDescription_Kind);
SAME_FIELD(DeviceDescriptionKind, text, PJRT_DeviceDescription_Kind_Args, device_kind);
SAME_CALL(DeviceGetDescription, PJRT_Device_GetDescription);
SAME_FIELD(DeviceGetDescription, description, PJRT_Device_GetDescription_Args, device_description);
SAME_CALL(ExecutableDestroy, PJRT_Executable_Destroy);
SAME_CALL(ExecutableNumOutputs, PJRT_Executable_NumOutputs);
SAME_FIELD(ExecutableNumOutputs, num_outputs, PJRT_Executable_NumOutputs_Args, num_outputs);
SAME_CALL(LoadedExecutableDestroy, PJRT_LoadedExecutable_Destroy);
SAME_CALL(LoadedExecutableGetExecutable, PJRT_LoadedExecutable_GetExecutable);
SAME_FIELD(LoadedExecutableGetExecutable, executable, PJRT_LoadedExecutable_GetExecutable_Args,
           executable);
SAME_CALL(LoadedExecutableAddressableDevices, PJRT_LoadedExecutable_AddressableDevices);
SAME_FIELD(LoadedExecutableAddressableDevices, devices,
           PJRT_LoadedExecutable_AddressableDevices_Args, addressable_devices);
static_assert(sizeof(abi::ExecuteOptions) == sizeof(PJRT_ExecuteOptions));
SAME_FIELD(ExecuteOptions, launch_id, PJRT_ExecuteOptions, launch_id);
SAME_FIELD(ExecuteOptions, non_donatable_input_indices, PJRT_ExecuteOptions,
           non_donatable_input_indices);
SAME_FIELD(ExecuteOptions, call_location, PJRT_ExecuteOptions, call_location);
SAME_CALL(LoadedExecutableExecute, PJRT_LoadedExecutable_Execute);
SAME_FIELD(LoadedExecutableExecute, options, PJRT_LoadedExecutable_Execute_Args, options);
SAME_FIELD(LoadedExecutableExecute, argument_lists, PJRT_LoadedExecutable_Execute_Args,
           argument_lists);
SAME_FIELD(LoadedExecutableExecute, num_devices, PJRT_LoadedExecutable_Execute_Args, num_devices);
SAME_FIELD(LoadedExecutableExecute, num_args, PJRT_LoadedExecutable_Execute_Args, num_args);
SAME_FIELD(LoadedExecutableExecute, output_lists, PJRT_LoadedExecutable_Execute_Args, output_lists);
SAME_FIELD(LoadedExecutableExecute, device_complete_events, PJRT_LoadedExecutable_Execute_Args,
           device_complete_events);
SAME_FIELD(LoadedExecutableExecute, execute_device, PJRT_LoadedExecutable_Execute_Args,
           execute_device);
SAME_CALL(BufferDestroy, PJRT_Buffer_Destroy);
static_assert(sizeof(abi::MemoryLayout) == sizeof(PJRT_Buffer_MemoryLayout));
SAME_FIELD(MemoryLayout, tiled, PJRT_Buffer_MemoryLayout, tiled);
SAME_FIELD(MemoryLayout, tiled.minor_to_major, PJRT_Buffer_MemoryLayout, tiled.minor_to_major);
SAME_FIELD(MemoryLayout, tiled.num_tiles, PJRT_Buffer_MemoryLayout, tiled.num_tiles);
SAME_FIELD(MemoryLayout, type, PJRT_Buffer_MemoryLayout, type);
SAME_VALUE(0, PJRT_Buffer_MemoryLayout_Type_Tiled);
SAME_CALL(BufferToHostBuffer, PJRT_Buffer_ToHostBuffer);
SAME_FIELD(BufferToHostBuffer, src, PJRT_Buffer_ToHostBuffer_Args, src);
SAME_FIELD(BufferToHostBuffer, host_layout, PJRT_Buffer_ToHostBuffer_Args, host_layout);
SAME_FIELD(BufferToHostBuffer, dst, PJRT_Buffer_ToHostBuffer_Args, dst);
SAME_FIELD(BufferToHostBuffer, dst_size, PJRT_Buffer_ToHostBuffer_Args, dst_size);
SAME_FIELD(BufferToHostBuffer, event, PJRT_Buffer_ToHostBuffer_Args, event);
SAME_CALL(ExecutableGetCompiledMemoryStats, PJRT_Executable_GetCompiledMemoryStats);
SAME_FIELD(ExecutableGetCompiledMemoryStats, arguments, PJRT_Executable_GetCompiledMemoryStats_Args,
           argument_size_in_bytes);
SAME_FIELD(ExecutableGetCompiledMemoryStats, aliased, PJRT_Executable_GetCompiledMemoryStats_Args,
           alias_size_in_bytes);
SAME_FIELD(ExecutableGetCompiledMemoryStats, temporaries,
           PJRT_Executable_GetCompiledMemoryStats_Args, temp_size_in_bytes);

static_assert(sizeof(abi::NamedValue) == sizeof(PJRT_NamedValue));
SAME_FIELD(NamedValue, name, PJRT_NamedValue, name);
SAME_FIELD(NamedValue, type, PJRT_NamedValue, type);
SAME_FIELD(NamedValue, int64, PJRT_NamedValue, int64_value);
SAME_FIELD(NamedValue, value_size, PJRT_NamedValue, value_size);
SAME_VALUE(abi::ValueType::string, PJRT_NamedValue_kString);
SAME_VALUE(abi::ValueType::int64, PJRT_NamedValue_kInt64);
SAME_VALUE(abi::ValueType::int64_list, PJRT_NamedValue_kInt64List);
SAME_VALUE(abi::ValueType::float32, PJRT_NamedValue_kFloat);
SAME_VALUE(abi::ValueType::boolean, PJRT_NamedValue_kBool);
SAME_VALUE(abi::ElementCode::pred, PJRT_Buffer_Type_PRED);
SAME_VALUE(abi::ElementCode::s8, PJRT_Buffer_Type_S8);
SAME_VALUE(abi::ElementCode::s16, PJRT_Buffer_Type_S16);
SAME_VALUE(abi::ElementCode::s32, PJRT_Buffer_Type_S32);
SAME_VALUE(abi::ElementCode::s64, PJRT_Buffer_Type_S64);
SAME_VALUE(abi::ElementCode::u8, PJRT_Buffer_Type_U8);
SAME_VALUE(abi::ElementCode::u16, PJRT_Buffer_Type_U16);
SAME_VALUE(abi::ElementCode::u32, PJRT_Buffer_Type_U32);
SAME_VALUE(abi::ElementCode::u64, PJRT_Buffer_Type_U64);
SAME_VALUE(abi::ElementCode::f16, PJRT_Buffer_Type_F16);
SAME_VALUE(abi::ElementCode::f32, PJRT_Buffer_Type_F32);
SAME_VALUE(abi::ElementCode::f64, PJRT_Buffer_Type_F64);
SAME_VALUE(abi::ElementCode::bf16, PJRT_Buffer_Type_BF16);
SAME_VALUE(abi::HostSemantics::immutable_until_transfer_completes,
           PJRT_HostBufferSemantics_kImmutableUntilTransferCompletes);
SAME_VALUE(abi::HostSemantics::immutable_zero_copy, PJRT_HostBufferSemantics_kImmutableZeroCopy);
SAME_VALUE(abi::invalid_argument, PJRT_Error_Code_INVALID_ARGUMENT);
SAME_VALUE(abi::resource_exhausted, PJRT_Error_Code_RESOURCE_EXHAUSTED);
SAME_VALUE(abi::unimplemented, PJRT_Error_Code_UNIMPLEMENTED);
