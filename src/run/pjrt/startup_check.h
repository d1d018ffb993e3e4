#pragma once

#include <memory>
#include <string>

#include "run/pjrt/client.h"

/// Does a plugin compute right? Some publish one that does not, silently: from the second step on,
/// once buffers are donated.
namespace pullback::pjrt {

/// Two train steps of a small network with convolution, pooling and dense layers, donated, against
/// the same undonated and against the interpreter: where they differ, and by how much; "" if
/// nowhere. Throws PluginError if the plugin refuses the program.
std::string wrong_steps(const std::shared_ptr<const Client>& client, const Settings& settings);

/// The compiler's settings with which the plugin computes right: none, or those that mend a known
/// fault. Checks it the first time that a plugin is used; the verdict is kept in the cache folder
/// by the SHA-256 of the plugin. Throws Error if it computes wrong whatever is set.
Settings checked_settings(const std::shared_ptr<const Client>& client);

}  // namespace pullback::pjrt
