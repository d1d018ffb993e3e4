#include <iree/async/util/proactor_pool.h>
#include <iree/base/threading/numa.h>
#include <iree/hal/drivers/local_task/task_device.h>
#include <iree/hal/local/executable_plugin_manager.h>
#include <iree/hal/local/loaders/registration/init.h>
#include <iree/runtime/api.h>
#include <iree/task/api.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "run/iree/component/interface.h"

namespace pullback::iree {

namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
template <class T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

iree_allocator_t host() { return iree_allocator_system(); }

void check(iree_status_t status) {
  if (iree_status_is_ok(status)) return;
  char* text = nullptr;
  iree_host_size_t size = 0;
  iree_allocator_t allocator = host();
  std::string message = iree_status_code_string(iree_status_code(status));
  if (iree_status_to_string(status, &allocator, &text, &size)) {
    message.assign(text, size);
    iree_allocator_free(allocator, text);
  }
  iree_status_free(status);
  throw std::runtime_error(message);
}

/// f's failure as a message; nullptr if it has none.
template <class F>
char* message_of(F f) {
  try {
    f();
    return nullptr;
  } catch (const std::exception& error) {
    return strdup(error.what());
  }
}

using Executor = Owned<iree_task_executor_t, iree_task_executor_release>;
using Allocator = Owned<iree_hal_allocator_t, iree_hal_allocator_release>;
using HalDevice = Owned<iree_hal_device_t, iree_hal_device_release>;
using Instance = Owned<iree_runtime_instance_t, iree_runtime_instance_release>;
using Session = Owned<iree_runtime_session_t, iree_runtime_session_release>;
using Plugins =
    Owned<iree_hal_executable_plugin_manager_t, iree_hal_executable_plugin_manager_release>;
using ProactorPool = Owned<iree_async_proactor_pool_t, iree_async_proactor_pool_release>;

Executor workers(int threads) {
  iree_task_topology_t topology;
  iree_task_topology_initialize_from_group_count(static_cast<iree_host_size_t>(threads), &topology);
  iree_task_executor_options_t options;
  iree_task_executor_options_initialize(&options);
  iree_task_executor_t* executor = nullptr;
  iree_status_t status = iree_task_executor_create(options, &topology, host(), &executor);
  iree_task_topology_deinitialize(&topology);
  check(status);
  return Executor(executor);
}

/// IREE's CPU device with that many workers; its driver takes their number from a command line.
HalDevice open_cpu(int threads) {
  Executor executor = workers(threads);
  iree_hal_executable_plugin_manager_t* manager = nullptr;
  check(iree_hal_executable_plugin_manager_create(0, host(), &manager));
  Plugins plugins(manager);
  iree_hal_allocator_t* heap = nullptr;
  check(iree_hal_allocator_create_heap(IREE_SV("local"), host(), host(), &heap));
  Allocator allocator(heap);
  iree_async_proactor_pool_t* pool = nullptr;
  check(iree_async_proactor_pool_create(iree_numa_node_count(), nullptr,
                                        iree_async_proactor_pool_options_default(), host(), &pool));
  ProactorPool proactors(pool);
  iree_hal_device_create_params_t create = iree_hal_device_create_params_default();
  create.proactor_pool = pool;
  iree_hal_task_device_params_t parameters;
  iree_hal_task_device_params_initialize(&parameters);
  iree_hal_executable_loader_t* loaders[8] = {};
  iree_host_size_t count = 0;
  check(iree_hal_create_all_available_executable_loaders(manager, std::size(loaders), &count,
                                                         loaders, host()));
  iree_task_executor_t* queue = executor.get();
  iree_hal_device_t* device = nullptr;
  iree_status_t status =
      iree_hal_task_device_create(IREE_SV("local-task"), &parameters, 1, &queue, count, loaders,
                                  heap, &create, host(), &device);
  for (iree_host_size_t i = 0; i < count; ++i) iree_hal_executable_loader_release(loaders[i]);
  check(status);
  return HalDevice(device);
}

iree_hal_element_type_t type_of(Element element) {
  switch (element) {
    case Element::f16:
      return IREE_HAL_ELEMENT_TYPE_FLOAT_16;
    case Element::bf16:
      return IREE_HAL_ELEMENT_TYPE_BFLOAT_16;
    case Element::f32:
      return IREE_HAL_ELEMENT_TYPE_FLOAT_32;
    case Element::f64:
      return IREE_HAL_ELEMENT_TYPE_FLOAT_64;
    case Element::i1:
      return IREE_HAL_ELEMENT_TYPE_BOOL_8;
    case Element::i8:
      return IREE_HAL_ELEMENT_TYPE_INT_8;
    case Element::i16:
      return IREE_HAL_ELEMENT_TYPE_INT_16;
    case Element::i32:
      return IREE_HAL_ELEMENT_TYPE_INT_32;
    case Element::i64:
      return IREE_HAL_ELEMENT_TYPE_INT_64;
    case Element::u8:
      return IREE_HAL_ELEMENT_TYPE_UINT_8;
    case Element::u16:
      return IREE_HAL_ELEMENT_TYPE_UINT_16;
    case Element::u32:
      return IREE_HAL_ELEMENT_TYPE_UINT_32;
    case Element::u64:
      return IREE_HAL_ELEMENT_TYPE_UINT_64;
  }
  throw std::runtime_error("an element type that is unknown to the runtime");
}

iree_hal_buffer_view_t* view(Buffer* buffer) {
  return reinterpret_cast<iree_hal_buffer_view_t*>(buffer);
}

}  // namespace

struct Device {
  Instance instance;
  HalDevice device;
};

struct Program {
  std::vector<std::byte> module;  // outlives the session
  Session session;
  iree_runtime_call_t call{};
  bool callable = false;

  ~Program() {
    if (callable) iree_runtime_call_deinitialize(&call);
  }
  iree_hal_device_t* device() const { return iree_runtime_session_device(session.get()); }
  iree_hal_allocator_t* allocator() const {
    return iree_runtime_session_device_allocator(session.get());
  }
};

namespace {

char* open(const char* driver, int threads, Device** result) {
  return message_of([&] {
    auto opened = std::make_unique<Device>();
    iree_runtime_instance_options_t options;
    iree_runtime_instance_options_initialize(&options);
    iree_runtime_instance_options_use_all_available_drivers(&options);
    iree_runtime_instance_t* instance = nullptr;
    check(iree_runtime_instance_create(&options, host(), &instance));
    opened->instance.reset(instance);
    if (std::string(driver) == "local-task") {
      opened->device = open_cpu(threads);
    } else {
      iree_hal_device_t* device = nullptr;
      check(iree_runtime_instance_try_create_default_device(
          instance, iree_make_cstring_view(driver), &device));
      opened->device.reset(device);
    }
    *result = opened.release();
  });
}

void close(Device* device) { delete device; }

/// @main of the module that was added last.
iree_vm_function_t main_of(iree_runtime_session_t* session) {
  iree_vm_context_t* context = iree_runtime_session_context(session);
  iree_vm_module_t* module =
      iree_vm_context_module_at(context, iree_vm_context_module_count(context) - 1);
  iree_vm_function_t function;
  check(iree_vm_module_lookup_function_by_name(module, IREE_VM_FUNCTION_LINKAGE_EXPORT,
                                               IREE_SV("main"), &function));
  return function;
}

char* load(Device* device, const void* module, size_t size, Program** result) {
  return message_of([&] {
    auto program = std::make_unique<Program>();
    const auto* bytes = static_cast<const std::byte*>(module);
    program->module.assign(bytes, bytes + size);
    iree_runtime_session_options_t options;
    iree_runtime_session_options_initialize(&options);
    iree_runtime_session_t* session = nullptr;
    check(iree_runtime_session_create_with_device(device->instance.get(), &options,
                                                  device->device.get(), host(), &session));
    program->session.reset(session);
    check(iree_runtime_session_append_bytecode_module_from_memory(
        session, iree_make_const_byte_span(program->module.data(), size), iree_allocator_null()));
    check(iree_runtime_call_initialize(session, main_of(session), &program->call));
    program->callable = true;
    *result = program.release();
  });
}

void unload(Program* program) { delete program; }

char* upload(Program* program, Shape shape, const void* bytes, size_t size, Buffer** result) {
  return message_of([&] {
    std::vector<iree_hal_dim_t> sizes(shape.sizes, shape.sizes + shape.rank);
    iree_hal_buffer_params_t parameters{};
    parameters.type = IREE_HAL_MEMORY_TYPE_DEVICE_LOCAL;
    parameters.access = IREE_HAL_MEMORY_ACCESS_ALL;
    parameters.usage = IREE_HAL_BUFFER_USAGE_DEFAULT;
    iree_hal_buffer_view_t* made = nullptr;
    check(iree_hal_buffer_view_allocate_buffer_copy(
        program->device(), program->allocator(), sizes.size(), sizes.data(), type_of(shape.element),
        IREE_HAL_ENCODING_TYPE_DENSE_ROW_MAJOR, parameters, iree_make_const_byte_span(bytes, size),
        &made));
    *result = reinterpret_cast<Buffer*>(made);
  });
}

char* read(Program* program, const Buffer* buffer, void* bytes, size_t size) {
  return message_of([&] {
    iree_hal_buffer_view_t* from = view(const_cast<Buffer*>(buffer));
    if (iree_hal_buffer_view_byte_length(from) != size) {
      throw std::runtime_error("the buffer has " +
                               std::to_string(iree_hal_buffer_view_byte_length(from)) +
                               " bytes, not " + std::to_string(size));
    }
    if (size == 0) return;
    check(iree_hal_device_transfer_d2h(program->device(), iree_hal_buffer_view_buffer(from), 0,
                                       bytes, size, IREE_HAL_TRANSFER_BUFFER_FLAG_DEFAULT,
                                       iree_infinite_timeout()));
  });
}

void release(Buffer* buffer) { iree_hal_buffer_view_release(view(buffer)); }

char* run(Program* program, Buffer* const* arguments, size_t argument_count, Buffer** results,
          size_t result_count) {
  std::fill_n(results, result_count, nullptr);
  return message_of([&] {
    iree_runtime_call_t& call = program->call;
    iree_runtime_call_reset(&call);
    for (size_t i = 0; i < argument_count; ++i) {
      check(iree_runtime_call_inputs_push_back_buffer_view(&call, view(arguments[i])));
    }
    check(iree_runtime_call_invoke(&call, 0));
    size_t made = iree_vm_list_size(iree_runtime_call_outputs(&call));
    if (made != result_count) {
      throw std::runtime_error("the module gave " + std::to_string(made) + " results, not " +
                               std::to_string(result_count));
    }
    for (size_t i = 0; i < result_count; ++i) {
      iree_hal_buffer_view_t* result = nullptr;
      check(iree_runtime_call_outputs_pop_front_buffer_view(&call, &result));
      results[i] = reinterpret_cast<Buffer*>(result);
    }
    // The arguments are the caller's: kept ones are freed as soon as it has their successors.
    iree_runtime_call_reset(&call);
  });
}

int64_t memory(const Program* program) {
#if IREE_STATISTICS_ENABLE
  iree_hal_allocator_statistics_t statistics{};
  iree_hal_allocator_query_statistics(program->allocator(), &statistics);
  return static_cast<int64_t>(statistics.host_bytes_peak + statistics.device_bytes_peak);
#else
  return 0;
#endif
}

const Interface offered{
    .version = interface_version,
    .runtime = PULLBACK_IREE_VERSION,
    .free_message = [](char* message) { std::free(message); },
    .open = open,
    .close = close,
    .load = load,
    .unload = unload,
    .upload = upload,
    .read = read,
    .release = release,
    .run = run,
    .memory = memory,
};

}  // namespace

}  // namespace pullback::iree

extern "C" __attribute__((visibility("default"))) const pullback::iree::Interface*
pullback_iree_interface() {
  return &pullback::iree::offered;
}
