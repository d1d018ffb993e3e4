# Every dependency outside the C++ standard library. A missing one stops the configuration with
# the Debian package that provides it.
function(pullback_require name package)
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "${name} was not found. On Debian: apt-get install ${package}")
  endif()
endfunction()

find_package(fmt QUIET)
pullback_require(fmt libfmt-dev)
find_package(Threads REQUIRED)
