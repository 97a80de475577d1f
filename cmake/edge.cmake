# What goes onto a device: the program paucal-edge, and the library libpaucal-edge with a C API.

# The program, linked with whatever the layer `edge` is linked with.
function(paucal_edge_program)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/edge_cli/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(fixture|_test)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  add_executable(paucal_edge_program ${sources})
  set_target_properties(paucal_edge_program PROPERTIES OUTPUT_NAME paucal-edge)
  target_compile_options(paucal_edge_program PRIVATE -Os)  # nothing here is worth more code
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/edge_cli/measure.cpp
    PROPERTIES COMPILE_OPTIONS -O3)  # but the processor's peak
  target_link_libraries(paucal_edge_program PRIVATE paucal_serve)
  if(PAUCAL_TESTS)
    add_executable(edge_cli_test EXCLUDE_FROM_ALL ${tests})
    add_dependencies(tests edge_cli_test)
    target_link_libraries(edge_cli_test PRIVATE paucal_serve GTest::gmock GTest::gtest_main)
    target_compile_definitions(edge_cli_test PRIVATE PAUCAL_EDGE_PROGRAM="$<TARGET_FILE:paucal_edge_program>")
    add_dependencies(edge_cli_test paucal_edge_program)
    gtest_discover_tests(edge_cli_test TEST_PREFIX edge_cli. DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

if(NOT PAUCAL_EDGE_ONLY)
  return()
endif()

# From here on: `cmake --preset edge`, static and small.
paucal_layer(base SEPARATE SOURCES base64.cpp crc32c.cpp file_access.cpp files.cpp json_text.cpp option.cpp options.cpp random.cpp
  sha256.cpp shared_bytes.cpp system_posix.cpp text.cpp version.cpp
  LIBS paucal_fmt nlohmann_json::nlohmann_json Threads::Threads)
paucal_layer(edge SEPARATE LIBS paucal_base JPEG::JPEG PNG::PNG PkgConfig::WEBP)
# What reads JSON and options runs once a load: small rather than fast. Checksums and digests run
# over all weights.
target_compile_options(paucal_base PRIVATE -Os)
set_source_files_properties(src/base/crc32c.cpp src/base/sha256.cpp PROPERTIES COMPILE_OPTIONS -O3)
file(GLOB small CONFIGURE_DEPENDS src/edge/graph/*.cpp src/edge/format/*.cpp)
# In none of these goes the time.
set_source_files_properties(${small} src/edge/api/paucal_edge.cpp src/edge/kernels/nms.cpp
  src/edge/kernels/propose_regions.cpp src/edge/kernels/viterbi.cpp src/edge/post/boxes.cpp
  src/edge/post/card.cpp src/edge/post/coarse.cpp src/edge/post/contrast.cpp src/edge/post/detect.cpp
  src/edge/post/detector_card.cpp src/edge/post/draw_prediction.cpp src/edge/post/interpret.cpp
  src/edge/post/join_pieces.cpp src/edge/post/mosaic.cpp src/edge/post/overlay.cpp src/edge/post/predict_raw.cpp
  src/edge/post/prediction_line.cpp
  src/edge/post/proposals.cpp src/edge/post/tiles.cpp src/edge/post/views.cpp src/edge/pre/bmp.cpp
  src/edge/pre/bmp_header.cpp src/edge/pre/bmp_runs.cpp src/edge/pre/decode.cpp
  src/edge/pre/exif.cpp src/edge/pre/formats.cpp src/edge/pre/geometry.cpp
  src/edge/pre/image_file.cpp src/edge/pre/pnm.cpp src/edge/pre/region.cpp
  src/edge/image/crop.cpp src/edge/image/warp.cpp src/edge/pre/align.cpp src/edge/pre/part.cpp
  src/edge/runtime/batch_plan.cpp
  src/edge/runtime/check_model.cpp src/edge/runtime/model.cpp src/edge/runtime/plan.cpp
  src/edge/runtime/predictor.cpp src/edge/runtime/session.cpp
  PROPERTIES COMPILE_OPTIONS -Os)
# Copying waits for memory.
set_source_files_properties(src/edge/kernels/rearrange.cpp PROPERTIES COMPILE_OPTIONS -O2)
# Of the room http what serves; what downloads needs libcurl.
file(GLOB server RELATIVE ${CMAKE_SOURCE_DIR}/src/http CONFIGURE_DEPENDS src/http/server/*.cpp)
list(FILTER server EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
paucal_layer(http SOURCES ${server} LIBS paucal_base Boost::headers ZLIB::ZLIB)
paucal_layer(spool LIBS paucal_edge)
paucal_layer(command LIBS paucal_edge CLI11::CLI11)
paucal_layer(serve LIBS paucal_http paucal_spool paucal_command)
foreach(layer http spool serve)
  target_compile_options(paucal_${layer} PRIVATE -Os)
endforeach()
target_compile_options(paucal_command PRIVATE -Os)
paucal_edge_program()
target_link_options(paucal_edge_program PRIVATE -static -Wl,--gc-sections)
# To see what serving costs.
add_executable(paucal_edge_bare EXCLUDE_FROM_ALL src/edge_cli/main.cpp
  "$<FILTER:$<TARGET_OBJECTS:paucal_edge_program>,EXCLUDE,/(main|serve|serve_arguments|rollback).cpp.o$>")
target_compile_definitions(paucal_edge_bare PRIVATE PAUCAL_WITHOUT_SERVE)
target_compile_options(paucal_edge_bare PRIVATE -Os)
target_link_libraries(paucal_edge_bare PRIVATE paucal_command)
target_link_options(paucal_edge_bare PRIVATE -static -Wl,--gc-sections)

# The same without the program, in one archive that is installable alone:
#   cmake --install build/edge --component edge --prefix PREFIX
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
add_library(paucal_edge_runtime STATIC
  $<TARGET_OBJECTS:paucal_base> $<TARGET_OBJECTS:paucal_edge> $<TARGET_OBJECTS:paucal_fmt>)
set_target_properties(paucal_edge_runtime PROPERTIES
  OUTPUT_NAME paucal-edge LINKER_LANGUAGE CXX ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
include(cmake/edge_shared.cmake)
set(PAUCAL_EDGE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/paucal-edge)
file(RELATIVE_PATH PAUCAL_EDGE_TO_PREFIX /prefix/${PAUCAL_EDGE_CMAKE_DIR} /prefix)
configure_file(cmake/paucal-edge-config.cmake.in paucal-edge-config.cmake @ONLY)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/paucal-edge-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(TARGETS paucal_edge_program DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT edge)
foreach(component edge edge-dev)  # edge-dev: the library alone, for its package
  install(FILES $<TARGET_FILE:paucal_edge_runtime> DESTINATION ${CMAKE_INSTALL_LIBDIR}
    COMPONENT ${component})
  install(TARGETS paucal_edge_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    COMPONENT ${component} NAMELINK_COMPONENT ${component})
  install(FILES src/edge/api/paucal_edge.h src/edge/api/paucal_edge.hpp
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ${component})
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/paucal-edge-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/paucal-edge-config-version.cmake
    DESTINATION ${PAUCAL_EDGE_CMAKE_DIR} COMPONENT ${component})
endforeach()

# Installs into a fresh prefix, builds the examples against it alone and runs program and examples.
enable_testing()
add_executable(edge_fixture src/edge_cli/fixture.cpp)
target_link_libraries(edge_fixture PRIVATE paucal_edge)
add_test(NAME edge.abi COMMAND ${CMAKE_SOURCE_DIR}/tools/check_abi ${CMAKE_BINARY_DIR})
add_test(NAME edge.install COMMAND ${CMAKE_SOURCE_DIR}/tools/check_edge_install ${CMAKE_BINARY_DIR})
