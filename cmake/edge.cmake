# What goes onto a device: the program paucal-edge, and the library libpaucal-edge with a C API.

# The program, linked with whatever the layer `edge` is linked with.
function(paucal_edge_program)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/edge_cli/*.cpp)
  add_executable(paucal_edge_program ${sources})
  set_target_properties(paucal_edge_program PROPERTIES OUTPUT_NAME paucal-edge)
  target_link_libraries(paucal_edge_program PRIVATE paucal_edge CLI11::CLI11)
endfunction()

if(NOT PAUCAL_EDGE_ONLY)
  return()
endif()

# From here on: `cmake --preset edge`, static and small.
paucal_layer(base SOURCES crc32c.cpp files.cpp option.cpp options.cpp random.cpp version.cpp
  LIBS paucal_fmt nlohmann_json::nlohmann_json Threads::Threads)
paucal_layer(edge LIBS paucal_base JPEG::JPEG PNG::PNG PkgConfig::WEBP)
paucal_edge_program()
target_link_options(paucal_edge_program PRIVATE -static -Wl,--gc-sections)
