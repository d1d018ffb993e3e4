#include "run/pjrt/callbacks.h"

#include <algorithm>
#include <exception>

namespace pullback::pjrt {

namespace {

using std::chrono::milliseconds;

template <class Args>
abi::Error* fail(const Args& args, int code, const std::string& message) {
  return (*args.make_error)(code, message.data(), message.size());
}

template <class Args>
std::string_view key_of(const Args& args) {
  return {args.key, args.key_size};
}

/// Gives the value to the plugin, which deletes it.
template <class Args>
abi::Error* answer(Args& args, milliseconds timeout) {
  try {
    auto found = static_cast<KeyValueStore*>(args.user_arg)->get(key_of(args), timeout);
    if (!found) return fail(args, abi::not_found, "no value of " + std::string(key_of(args)));
    args.value = new char[found->size() + 1];
    std::copy(found->begin(), found->end(), args.value);
    args.value_size = found->size();
    args.delete_value = [](char* value) { delete[] value; };
    return nullptr;
  } catch (const std::exception& error) {
    return fail(args, abi::internal, error.what());
  }
}

abi::Error* get(abi::KeyValueGet* args) { return answer(*args, milliseconds(args->timeout_in_ms)); }
abi::Error* try_get(abi::KeyValueTryGet* args) { return answer(*args, milliseconds(0)); }

abi::Error* put(abi::KeyValuePut* args) {
  try {
    static_cast<KeyValueStore*>(args->user_arg)
        ->put(key_of(*args), {args->value, args->value_size});
    return nullptr;
  } catch (const std::exception& error) {
    return fail(*args, abi::internal, error.what());
  }
}

}  // namespace

void share(KeyValueStore& store, abi::ClientCreate& create) {
  create.kv_get_callback = get;
  create.kv_put_callback = put;
  create.kv_try_get_callback = try_get;
  create.kv_get_user_arg = create.kv_put_user_arg = create.kv_try_get_user_arg = &store;
}

}  // namespace pullback::pjrt
