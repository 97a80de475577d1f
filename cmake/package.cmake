# Three Debian packages of the builds `release` and `edge`, `make package`:
#   cpack --config cmake/package.cmake
#
#   paucal                the commands and recipes
#   libpaucal-dev         the library for training: find_package(paucal)
#   libpaucal-edge-dev    the library for devices, with a C API: find_package(paucal-edge)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source)
file(STRINGS ${source}/CMakeLists.txt project REGEX "^project\\(paucal VERSION")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" CPACK_PACKAGE_VERSION "${project}")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME paucal)
set(CPACK_PACKAGE_VENDOR Paucal)
set(CPACK_PACKAGE_CONTACT "The Paucal developers <paucal@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Train from a few labels, deploy to the line")
set(CPACK_PACKAGE_DESCRIPTION
  "A library and commands that train vision models from few labels and deploy them to the edge.")
set(CPACK_PACKAGE_DIRECTORY ${source}/build)
set(CPACK_PACKAGE_FILE_NAME paucal)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_CMAKE_GENERATOR Ninja)
# Of each build: its folder, project, list of components (CPACK_COMPONENTS_…), folder in the package.
set(CPACK_INSTALL_CMAKE_PROJECTS
  ${source}/build/release paucal RELEASE /
  ${source}/build/edge paucal EDGE /)
set(CPACK_COMPONENTS_RELEASE command library)
set(CPACK_COMPONENTS_EDGE edge-dev)
set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_RELEASE} ${CPACK_COMPONENTS_EDGE})
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_STRIP_FILES ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME paucal)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION science)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_COMMAND_DESCRIPTION "The commands paucal, paucal-edge and paucal-line, and recipes.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libpaucal-dev)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "Headers and static libraries for training and export.")
set(CPACK_DEBIAN_EDGE-DEV_PACKAGE_NAME libpaucal-edge-dev)
set(CPACK_COMPONENT_EDGE-DEV_DESCRIPTION "Runs deployed models: a static and a shared library with a C API.")

# Of static libraries shlibdeps knows nothing: what a program that links them needs to build.
set(CPACK_DEBIAN_EDGE-DEV_PACKAGE_DEPENDS "libc6, libjpeg-dev, libpng-dev, libwebp-dev")
string(JOIN ", " CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS
  libtorch-dev libopencv-dev libspdlog-dev libyaml-cpp-dev nlohmann-json3-dev libpugixml-dev libicu-dev
  libjpeg-dev libpng-dev libwebp-dev libtiff-dev libdcmtk-dev libcurl4-openssl-dev zlib1g-dev libboost1.81-dev
  libprotobuf-dev protobuf-compiler pkg-config)
