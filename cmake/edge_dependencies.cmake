# What the edge runtime needs, as static archives: no libtorch, OpenCV, OpenMP, YAML or logging.
add_compile_options(-ffunction-sections -fdata-sections)
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers alone
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp)

# Debian has libfmt as a shared library alone: one translation unit makes it a static one.
add_library(paucal_fmt STATIC cmake/edge_fmt.cpp)
get_target_property(FMT_INCLUDES fmt::fmt-header-only INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(paucal_fmt SYSTEM PUBLIC ${FMT_INCLUDES})
