add_library(pullback_flags INTERFACE)
target_include_directories(pullback_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
# GCC 12 warns falsely of overlapping copies in "text" + string.
target_compile_options(pullback_flags INTERFACE -Wall -Wextra $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(PULLBACK_WERROR)
  target_compile_options(pullback_flags INTERFACE -Werror)
endif()
if(PULLBACK_SANITIZE)
  target_compile_options(pullback_flags INTERFACE -fsanitize=${PULLBACK_SANITIZE}
                         -fno-omit-frame-pointer)
  target_link_options(pullback_flags INTERFACE -fsanitize=${PULLBACK_SANITIZE})
endif()

# pullback_library(ir DEPENDS tensor base [PRIVATE fmt::fmt]): every .cpp below the current folder
# (but not below folders named in EXCEPT) makes the static library pullback_ir.
function(pullback_library name)
  cmake_parse_arguments(L "" "" "DEPENDS;PRIVATE;EXCEPT" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(except ${L_EXCEPT})
    list(FILTER sources EXCLUDE REGEX "/${except}/")
  endforeach()
  add_library(pullback_${name} STATIC ${sources})
  list(TRANSFORM L_DEPENDS PREPEND pullback_)
  target_link_libraries(pullback_${name} PUBLIC pullback_flags ${L_DEPENDS} PRIVATE ${L_PRIVATE})
endfunction()
