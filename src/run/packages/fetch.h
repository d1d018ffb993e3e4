#pragma once

#include <cstdint>
#include <functional>
#include <string>

/// Downloads, by the program curl.
namespace pullback {

/// The text at an address. Throws Error with curl's message.
std::string fetch_text(const std::string& address);

/// Downloads to `path`, going on with what is there already; `progress` gets the bytes that are
/// there, a few times a second. Throws Error with curl's message; then what came so far stays.
void fetch_file(const std::string& address, const std::string& path,
                const std::function<void(int64_t)>& progress);

}  // namespace pullback
