# The program paucal-line: between a folder of images and a line's controller. Dynamic, since a static
# program has neither names of hosts nor TLS.
file(GLOB line_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/line_cli/*.cpp)
set(line_tests ${line_sources})
list(FILTER line_sources EXCLUDE REGEX "_test\\.cpp$")
list(FILTER line_tests INCLUDE REGEX "_test\\.cpp$")
add_executable(paucal_line_program ${line_sources})
set_target_properties(paucal_line_program PROPERTIES OUTPUT_NAME paucal-line)
target_link_libraries(paucal_line_program PRIVATE paucal_line)
if(PAUCAL_TESTS)
  add_executable(line_cli_test EXCLUDE_FROM_ALL ${line_tests})
  add_dependencies(tests line_cli_test)
  target_link_libraries(line_cli_test PRIVATE paucal_line GTest::gmock GTest::gtest_main)
  target_compile_definitions(line_cli_test PRIVATE
    PAUCAL_LINE_PROGRAM="$<TARGET_FILE:paucal_line_program>"
    PAUCAL_EDGE_PROGRAM="$<TARGET_FILE:paucal_edge_program>"
    PAUCAL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_dependencies(line_cli_test paucal_line_program paucal_edge_program)
  gtest_discover_tests(line_cli_test TEST_PREFIX line_cli. DISCOVERY_TIMEOUT 60)
endif()
