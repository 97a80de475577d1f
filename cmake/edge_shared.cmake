# The same as a shared library, for programs in other languages: libpaucal-edge.so.ABI needs the C
# library alone and shows the functions of src/edge/api/symbols.txt alone; tools/check_abi checks it.
file(STRINGS src/edge/api/symbols.txt symbols)
file(STRINGS src/edge/api/paucal_edge.h abi REGEX "#define PAUCAL_EDGE_ABI ")
string(REGEX MATCH "[0-9]+$" abi "${abi}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  src/edge/api/symbols.txt src/edge/api/paucal_edge.h)
list(JOIN symbols "; " symbols)
file(CONFIGURE OUTPUT paucal-edge.map CONTENT
  "PAUCAL_EDGE_@abi@ { global: @symbols@; local: *; };\n" @ONLY)

add_library(paucal_edge_shared SHARED cmake/edge_stderr.cpp
  $<TARGET_OBJECTS:paucal_base> $<TARGET_OBJECTS:paucal_edge> $<TARGET_OBJECTS:paucal_fmt>)
target_link_libraries(paucal_edge_shared PRIVATE JPEG::JPEG PNG::PNG PkgConfig::WEBP Threads::Threads)
target_link_options(paucal_edge_shared PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections
  -Wl,-z,defs -Wl,--wrap=stderr -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/paucal-edge.map)
set_target_properties(paucal_edge_shared PROPERTIES OUTPUT_NAME paucal-edge SOVERSION ${abi}
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
  LINK_DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/paucal-edge.map)
