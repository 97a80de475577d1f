# The command `paucal`: a small program that answers for help and names, and the one that it becomes
# for everything else. Loading libtorch takes a second, and nobody waits a second for help.
include(GNUInstallDirs)
set(PAUCAL_LIBEXEC ${CMAKE_INSTALL_LIBEXECDIR}/paucal)

# All but the two main programs, so that tests can call them.
file(GLOB cli RELATIVE ${CMAKE_SOURCE_DIR}/src/cli CONFIGURE_DEPENDS src/cli/*.cpp)
list(FILTER cli EXCLUDE REGEX "main\\.cpp$")
paucal_layer(cli TORCH SOURCES ${cli} LIBS paucal_pipeline paucal_command paucal_review paucal_loop)

add_executable(paucal_full src/cli/full_main.cpp)
set_target_properties(paucal_full PROPERTIES OUTPUT_NAME paucal
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${PAUCAL_LIBEXEC})
target_link_libraries(paucal_full PRIVATE paucal_cli)
paucal_use_pch(paucal_full)

# The help of its subcommands, for the small program to show.
add_executable(paucal_help src/cli/help_main.cpp)
target_link_libraries(paucal_help PRIVATE paucal_cli)
paucal_use_pch(paucal_help)
set(PAUCAL_HELP ${CMAKE_BINARY_DIR}/${PAUCAL_LIBEXEC}/help.json)
add_custom_command(OUTPUT ${PAUCAL_HELP} COMMAND paucal_help ${PAUCAL_HELP} DEPENDS paucal_help)
add_custom_target(paucal_help_file DEPENDS ${PAUCAL_HELP})

# Where the large program lies, seen from the small one: installed, and in the folder of the build.
file(RELATIVE_PATH PAUCAL_BIN_TO_LIBEXEC /prefix/${CMAKE_INSTALL_BINDIR} /prefix/${PAUCAL_LIBEXEC})
add_executable(paucal src/cli/main.cpp src/cli/program.cpp)
target_link_libraries(paucal PRIVATE paucal_command)
target_compile_definitions(paucal PRIVATE PAUCAL_INSTALLED="${PAUCAL_BIN_TO_LIBEXEC}/paucal"
  PAUCAL_BUILT="${PAUCAL_LIBEXEC}/paucal")
add_dependencies(paucal paucal_full paucal_help_file)

if(PAUCAL_TESTS)
  target_compile_definitions(cli_test PRIVATE PAUCAL_PROGRAM="$<TARGET_FILE:paucal>"
    PAUCAL_BUILT="${PAUCAL_LIBEXEC}/paucal")
  add_dependencies(cli_test paucal)
endif()
