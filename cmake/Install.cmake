# `cmake --install`: the library of every folder of src/ but the program's, its public headers, and
# PullbackConfig.cmake. -DBUILD_SHARED_LIBS=ON makes it a shared one.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
set(parts base tensor ir interp autodiff passes print parse nn zoo data npy kernels run train loop check prove)
add_library(pullback ${PROJECT_SOURCE_DIR}/src/api/program.cpp ${PROJECT_SOURCE_DIR}/src/api/version.cpp)
target_compile_definitions(pullback PRIVATE PULLBACK_VERSION="${PROJECT_VERSION}")
add_library(Pullback::pullback ALIAS pullback)
foreach(part ${parts})
  target_sources(pullback PRIVATE $<TARGET_OBJECTS:pullback_${part}>)
endforeach()
target_compile_features(pullback PUBLIC cxx_std_20)
target_include_directories(pullback PUBLIC $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
                                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# What the objects above link; headers alone are not needed any more.
target_link_libraries(pullback PRIVATE $<BUILD_INTERFACE:pullback_flags> fmt::fmt ZLIB::ZLIB PNG::PNG JPEG::JPEG
                                       Threads::Threads ${CMAKE_DL_LIBS})
set_target_properties(pullback PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                                          ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib
                                          LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
if(BUILD_SHARED_LIBS)
  get_target_property(pic pullback_base POSITION_INDEPENDENT_CODE)
  if(NOT pic)
    message(FATAL_ERROR "a shared library needs -DCMAKE_POSITION_INDEPENDENT_CODE=ON")
  endif()
endif()

# The public headers are pullback.h and all that it includes, under include/pullback/.
set(headers_script ${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake)
install(CODE "
  execute_process(COMMAND \"${CMAKE_COMMAND}\" \"-DFROM=${PROJECT_SOURCE_DIR}/src\"
                          \"-DTO=\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/pullback\"
                          -P \"${headers_script}\"
                  COMMAND_ERROR_IS_FATAL ANY)" COMPONENT library)
install(TARGETS pullback EXPORT PullbackTargets ARCHIVE COMPONENT library LIBRARY COMPONENT library)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Pullback)
install(EXPORT PullbackTargets NAMESPACE Pullback:: DESTINATION ${package} COMPONENT library)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/PullbackConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/PullbackConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/PullbackConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/PullbackConfig.cmake ${PROJECT_BINARY_DIR}/PullbackConfigVersion.cmake
        DESTINATION ${package} COMPONENT library)

# The API's documentation as web pages, in doc/html of the build folder; without Doxygen it says so.
find_program(DOXYGEN doxygen)
configure_file(${PROJECT_SOURCE_DIR}/cmake/Doxyfile.in ${PROJECT_BINARY_DIR}/Doxyfile @ONLY)
add_custom_target(doc
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${PROJECT_BINARY_DIR}/doc
  COMMAND ${CMAKE_COMMAND} -DFROM=${PROJECT_SOURCE_DIR}/src -DTO=${PROJECT_BINARY_DIR}/doc/include/pullback
          -P ${headers_script}
  COMMAND ${PROJECT_SOURCE_DIR}/tools/doxygen ${PROJECT_BINARY_DIR}/Doxyfile
  COMMENT "doc/html/index.html" VERBATIM)
