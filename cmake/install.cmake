# Installation: headers, static libraries, the command, recipes, and find_package(paucal).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(PAUCAL_INSTALLED paucal_base paucal_edge paucal_graph paucal_quality paucal_labels paucal_metrics
  paucal_report paucal_data)
if(PAUCAL_TORCH)
  list(APPEND PAUCAL_INSTALLED paucal_models paucal_train paucal_trace paucal_semi paucal_weak paucal_judge
    paucal_pipeline)
  install(TARGETS paucal)
  install(TARGETS paucal_full DESTINATION ${PAUCAL_LIBEXEC})
  install(FILES ${PAUCAL_HELP} DESTINATION ${PAUCAL_LIBEXEC})
endif()
install(TARGETS paucal_edge_program)
install(TARGETS ${PAUCAL_INSTALLED} EXPORT paucalTargets)

# Headers as the sources include them, "edge/image/image.h"; those that only tests need stay here.
install(DIRECTORY src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/paucal FILES_MATCHING PATTERN "*.h"
  PATTERN "test_*.h" EXCLUDE PATTERN "fixtures.h" EXCLUDE PATTERN "*_golden.h" EXCLUDE
  PATTERN "cli" EXCLUDE PATTERN "command" EXCLUDE PATTERN "edge_cli" EXCLUDE)
install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/paucal
  FILES_MATCHING PATTERN "*.yaml")

set(PAUCAL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/paucal)
configure_package_config_file(cmake/paucalConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/paucalConfig.cmake
  INSTALL_DESTINATION ${PAUCAL_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/paucalConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/paucalConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/paucalConfigVersion.cmake DESTINATION ${PAUCAL_CMAKE_DIR})
install(EXPORT paucalTargets NAMESPACE paucal:: DESTINATION ${PAUCAL_CMAKE_DIR})
