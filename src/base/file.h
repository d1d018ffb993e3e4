#pragma once

#include <string>
#include <string_view>

namespace pullback {

/// The file's bytes; throws Error that names the file and the system's reason.
std::string read_file(const std::string& path);

/// Replaces the file so that a crash at any moment leaves either its old or its new content: writes
/// a neighbour "<path>.partial", syncs it to the disk and renames it. What is no regular file, e.g.
/// /dev/stdout, is written directly. Throws Error that names the file and the system's reason; then
/// the old content still stands.
void write_file(const std::string& path, std::string_view bytes);

/// Makes a folder and those above it, unless it exists. Throws Error that names it and the reason.
void make_folder(const std::string& path);

}  // namespace pullback
