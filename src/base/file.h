#pragma once

#include <string>
#include <string_view>

namespace pullback {

/// The file's bytes; throws Error that names the file and the system's reason.
std::string read_file(const std::string& path);

/// Writes the file whole or not at all: into a neighbour "<path>.partial", which then takes its
/// place. Throws Error that names the file and the system's reason.
void write_file(const std::string& path, std::string_view bytes);

}  // namespace pullback
