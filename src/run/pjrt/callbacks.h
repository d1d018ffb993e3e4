#pragma once

#include "run/pjrt/abi.h"
#include "run/pjrt/key_value.h"

namespace pullback::pjrt {

/// Lets the plugin that is asked for a client use the store, which must outlive the client.
void share(KeyValueStore& store, abi::ClientCreate& create);

}  // namespace pullback::pjrt
