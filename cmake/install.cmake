# Installation, in two components: `command`, the programs and recipes, and `library`, the headers,
# static libraries and find_package(paucal). cmake/package.cmake makes packages of them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(PAUCAL_TORCH)
  install(TARGETS paucal COMPONENT command)
  install(TARGETS paucal_full DESTINATION ${PAUCAL_LIBEXEC} COMPONENT command)
  install(FILES ${PAUCAL_HELP} DESTINATION ${PAUCAL_LIBEXEC} COMPONENT command)
endif()
install(TARGETS paucal_edge_program paucal_line_program COMPONENT command)
install(DIRECTORY packaging/systemd DESTINATION ${CMAKE_INSTALL_DATADIR}/paucal COMPONENT command)
install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/paucal COMPONENT command
  FILES_MATCHING PATTERN "*.yaml")

get_property(PAUCAL_LAYERS GLOBAL PROPERTY PAUCAL_LAYERS)
list(REMOVE_ITEM PAUCAL_LAYERS paucal_command paucal_serve paucal_line paucal_review paucal_loop
  paucal_cli)  # of the programs alone
install(TARGETS ${PAUCAL_LAYERS} EXPORT paucalTargets COMPONENT library)

# Headers as the sources include them, "edge/image/image.h"; those that only tests need stay here.
install(DIRECTORY src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/paucal COMPONENT library
  FILES_MATCHING PATTERN "*.h" PATTERN "test_*.h" EXCLUDE PATTERN "fuzz_*.h" EXCLUDE
  PATTERN "fixtures.h" EXCLUDE PATTERN "*_golden.h" EXCLUDE PATTERN "cli" EXCLUDE
  PATTERN "command" EXCLUDE PATTERN "serve" EXCLUDE PATTERN "line" EXCLUDE PATTERN "review" EXCLUDE
  PATTERN "loop" EXCLUDE
  PATTERN "edge_cli" EXCLUDE PATTERN "line_cli" EXCLUDE)

# For the list of targets in the config file: the layers that this build has.
list(TRANSFORM PAUCAL_LAYERS REPLACE "^paucal_" "paucal::" OUTPUT_VARIABLE PAUCAL_TARGETS)
list(JOIN PAUCAL_TARGETS ", " PAUCAL_TARGETS)
set(PAUCAL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/paucal)
configure_package_config_file(cmake/paucalConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/paucalConfig.cmake
  INSTALL_DESTINATION ${PAUCAL_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/paucalConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/paucalConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/paucalConfigVersion.cmake DESTINATION ${PAUCAL_CMAKE_DIR}
  COMPONENT library)
install(EXPORT paucalTargets NAMESPACE paucal:: DESTINATION ${PAUCAL_CMAKE_DIR} COMPONENT library)
