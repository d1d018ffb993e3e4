// The plugin $PULLBACK_TEST_PLUGIN with a fault, by $PULLBACK_TEST_FAULT:
//   wrong     from a program's second run on, results that are read are off by one per cent
//   version   speaks an interface of the future
//   memory    has none left when a program runs
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "run/pjrt/abi.h"

namespace {

namespace abi = pullback::pjrt::abi;

const abi::Api* real = nullptr;
std::vector<std::byte> table;
int runs = 0;

std::string fault() {
  const char* name = std::getenv("PULLBACK_TEST_FAULT");
  return name != nullptr ? name : "";
}

template <class Args>
abi::Error* pass_on(Args* args) {
  return reinterpret_cast<abi::Error* (*)(Args*)>(real->functions[Args::slot])(args);
}

/// A null argument list makes the real plugin refuse; its message is replaced.
abi::Error* execute(abi::LoadedExecutableExecute* args) {
  ++runs;
  if (fault() == "memory") {
    static abi::ErrorGetCode no_memory;
    return reinterpret_cast<abi::Error*>(&no_memory);
  }
  return pass_on(args);
}

abi::Error* to_host(abi::BufferToHostBuffer* args) {
  abi::Error* error = pass_on(args);
  if (error != nullptr || fault() != "wrong" || runs < 2 || args->dst_size < 4) return error;
  abi::EventAwait await;
  await.head.size = sizeof await;
  await.event = args->event;
  pass_on(&await);
  auto* first = static_cast<float*>(args->dst);
  for (size_t i = 0; i < args->dst_size / sizeof(float); ++i) first[i] *= 1.01F;
  return nullptr;
}

void message(abi::ErrorMessage* args) {
  args->message = "Out of memory allocating 17179869184 bytes.";
  args->message_size = std::strlen(args->message);
}

abi::Error* code(abi::ErrorGetCode* args) {
  args->code = abi::resource_exhausted;
  return nullptr;
}

void destroy(abi::ErrorDestroy*) {}

template <class Args, class F>
void replace(F* function) {
  auto* api = reinterpret_cast<abi::Api*>(table.data());
  api->functions[Args::slot] = reinterpret_cast<void (*)()>(function);
}

}  // namespace

extern "C" const abi::Api* GetPjrtApi() {
  void* library = dlopen(std::getenv("PULLBACK_TEST_PLUGIN"), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  real = reinterpret_cast<const abi::Api* (*)()>(dlsym(library, "GetPjrtApi"))();
  table.resize(real->head.size);
  std::memcpy(table.data(), real, table.size());
  replace<abi::LoadedExecutableExecute>(execute);
  replace<abi::BufferToHostBuffer>(to_host);
  if (fault() == "memory") {
    replace<abi::ErrorMessage>(message);
    replace<abi::ErrorGetCode>(code);
    replace<abi::ErrorDestroy>(destroy);
  }
  if (fault() == "version") reinterpret_cast<abi::Api*>(table.data())->version.major = 7;
  return reinterpret_cast<const abi::Api*>(table.data());
}
