#pragma once

#include <string>
#include <string_view>

namespace pullback::iree {

/// The program iree-compile: $PULLBACK_IREE_COMPILER if that is set, else the installed package's.
/// Throws Error that says how to install it.
std::string find_compiler();

/// "3.13.0rc20261016 @ 89ece87b89", as the program at `path` says it. Throws Error if it does not.
std::string compiler_version(const std::string& path);

/// The module that IREE makes of the text for a device: compiled in a process of its own, or from
/// the cache folder, by the SHA-256 of text, flags, compiler's version and, on the CPU, its model.
/// Throws Error with the compiler's message, or how it ended; `file` names the text in them.
std::string compile_module(std::string_view text, std::string_view file, const std::string& device);

}  // namespace pullback::iree
