# Compiler settings, ccache, and a fast linker.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers and ccache agree only with these settings.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
add_compile_options(-Wall -Wextra)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess -Wno-restrict)  # -Wrestrict: false alarms in GCC 12
endif()
find_program(LLD ld.lld)
if(LLD)
  add_link_options(-fuse-ld=lld)
endif()
if(PAUCAL_SANITIZE)
  add_compile_options(-fsanitize=${PAUCAL_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PAUCAL_SANITIZE})
endif()
