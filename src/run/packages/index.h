#pragma once

#include <string>

#include "run/packages/packages.h"

/// Where a wheel is to be had: the address that the machine's package index gives. Pullback knows
/// no index of its own.
namespace pullback {

/// The index that this machine is set up for, the first of: PIP_INDEX_URL, UV_DEFAULT_INDEX,
/// UV_INDEX_URL, `index-url` in pip's configuration files; "" if none is set.
std::string configured_index();

/// The value of `index-url` in a file of pip's format, or "".
std::string index_in_pip_conf(const std::string& text);

/// The address of `file` in a page of an index (PEP 503: links whose text is the file's name), made
/// absolute with the page's own address; "" if it is not there.
std::string link_in_page(const std::string& page, const std::string& address,
                         const std::string& file);

/// The address of the wheel: from the page of its project in `index`; if that is "", from the
/// program pip, which has an index of its own. Throws Error that says what to do.
std::string address_of(const Wheel& wheel, const std::string& index);

}  // namespace pullback
