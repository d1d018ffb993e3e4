#include "run/packages/index.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "run/packages/fetch.h"

namespace pullback {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string trimmed(const std::string& text) {
  size_t begin = text.find_first_not_of(" \t\r"), end = text.find_last_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

/// pip's configuration files, the one that wins first.
std::vector<std::string> pip_files() {
  std::vector<std::string> files{variable("PIP_CONFIG_FILE")};
  std::string home = variable("HOME"), xdg = variable("XDG_CONFIG_HOME");
  if (!xdg.empty()) files.push_back(xdg + "/pip/pip.conf");
  files.push_back(home + "/.config/pip/pip.conf");
  files.push_back(home + "/.pip/pip.conf");
  files.emplace_back("/etc/pip.conf");
  return files;
}

/// HTML's &amp; in a link.
std::string unescaped(std::string text) {
  for (size_t at; (at = text.find("&amp;")) != std::string::npos;) text.replace(at, 5, "&");
  return text;
}

/// "https://host/simple/x/" and "../../files/a" make "https://host/files/a".
std::string resolved(const std::string& base, const std::string& link) {
  if (link.find("://") != std::string::npos) return link;
  size_t host = base.find("://"), path = base.find('/', host == std::string::npos ? 0 : host + 3);
  std::string origin = base.substr(0, path);
  if (link.starts_with("//")) return base.substr(0, host + 1) + link;
  if (link.starts_with("/")) return origin + link;
  std::filesystem::path folder(path == std::string::npos ? "/" : base.substr(path));
  if (folder.has_filename()) folder = folder.parent_path();
  return origin + (folder / link).lexically_normal().string();
}

/// pip finds the file in the index that it knows; nothing is installed.
std::string address_from_pip(const Wheel& wheel) {
  std::vector<std::string> pip;
  if (has_program("pip3")) pip = {"pip3"};
  if (pip.empty() && has_program("pip")) pip = {"pip"};
  if (pip.empty()) {
    throw Error(
        "this machine names no package index: give one with --index URL or PIP_INDEX_URL (an "
        "address whose page URL/" +
        wheel.project +
        "/ lists files), or install pip, which knows one: apt-get install "
        "python3-pip; or fetch " +
        wheel.file + " yourself and add --from FOLDER");
  }
  std::vector<std::string> command = pip;
  for (const char* word : {"install",
                           "--dry-run",
                           "--quiet",
                           "--no-deps",
                           "--ignore-installed",
                           "--disable-pip-version-check",
                           "--only-binary=:all:",
                           "--implementation",
                           "cp",
                           "--python-version",
                           "3.11",
                           "--platform",
                           "manylinux_2_27_x86_64",
                           "--platform",
                           "manylinux_2_28_x86_64",
                           "--platform",
                           "manylinux2014_x86_64",
                           "--target",
                           "/tmp/pullback-nothing",
                           "--report",
                           "-"}) {
    command.emplace_back(word);
  }
  command.push_back(wheel.project + "==" + wheel.version);
  Finished asked = run_command(command);
  // The report is JSON: … "url": "ADDRESS" …
  size_t end = asked.output.find(wheel.file + "\"");
  size_t begin = asked.output.rfind('"', end);
  if (asked.status != 0 || end == std::string::npos || begin == std::string::npos) {
    throw Error(
        "pip does not find " + wheel.project + " " + wheel.version + ":\n" + asked.output +
        "\n  name another index with --index URL, or add --from FOLDER with the file in it");
  }
  return asked.output.substr(begin + 1, end + wheel.file.size() - begin - 1);
}

}  // namespace

std::string index_in_pip_conf(const std::string& text) {
  std::istringstream lines(text);
  std::string section, found;
  for (std::string line; std::getline(lines, line);) {
    line = trimmed(line);
    if (line.starts_with("[")) section = line;
    size_t equals = line.find('=');
    if (equals == std::string::npos || (section != "[global]" && section != "[install]")) continue;
    std::string key = trimmed(line.substr(0, equals));
    if (key == "index-url" || key == "index_url") found = trimmed(line.substr(equals + 1));
  }
  return found;
}

std::string configured_index() {
  for (const char* name : {"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"}) {
    if (std::string value = variable(name); !value.empty()) return value;
  }
  for (const std::string& file : pip_files()) {
    std::error_code ignored;
    if (file.empty() || !std::filesystem::is_regular_file(file, ignored)) continue;
    if (std::string index = index_in_pip_conf(read_file(file)); !index.empty()) return index;
  }
  return "";
}

std::string link_in_page(const std::string& page, const std::string& address,
                         const std::string& file) {
  for (size_t at = page.find("href="); at != std::string::npos; at = page.find("href=", at + 1)) {
    char quote = page[at + 5];
    size_t end = page.find(quote, at + 6);
    if ((quote != '"' && quote != '\'') || end == std::string::npos) continue;
    std::string link = unescaped(page.substr(at + 6, end - at - 6));
    link = link.substr(0, link.find('#'));
    std::string name = link.substr(0, link.find('?'));
    if (size_t slash = name.rfind('/'); slash != std::string::npos) name = name.substr(slash + 1);
    if (name == file) return resolved(address, link);
  }
  return "";
}

std::string address_of(const Wheel& wheel, const std::string& index) {
  if (index.empty()) return address_from_pip(wheel);
  std::string address = index + (index.ends_with("/") ? "" : "/") + wheel.project + "/";
  std::string found = link_in_page(fetch_text(address), address, wheel.file);
  if (found.empty()) {
    throw Error("the page " + address + " has no link to " + wheel.file +
                "; name another index with --index URL");
  }
  return found;
}

}  // namespace pullback
