# A layer is a folder of src/: one static library, and one test binary of its *_test.cpp. Each
# *_alone_test.cpp is a program of its own: it replaces what a whole program has once.

# One precompiled header for the torch side, built once and shared by every target.
function(paucal_use_pch target)
  if(NOT TARGET paucal_pch)
    add_library(paucal_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
    # OpenMP too: a precompiled header is ignored where _OPENMP differs.
    target_link_libraries(paucal_pch PUBLIC torch OpenMP::OpenMP_CXX)
    target_include_directories(paucal_pch SYSTEM PUBLIC ${TORCH_INCLUDE_DIRS})
    target_precompile_headers(paucal_pch PRIVATE <torch/torch.h>)
  endif()
  target_precompile_headers(${target} REUSE_FROM paucal_pch)
  # The header was compiled with -fPIC; an executable's -fPIE would make it unusable.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
endfunction()

# Files are compiled several at once: reading libtorch's headers, or GoogleTest's, costs more than
# the file itself. So names in anonymous namespaces are unique in a room.
function(paucal_use_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${PAUCAL_UNITY} UNITY_BUILD_BATCH_SIZE 12)
endfunction()

# src/edge/api/no_memory_alone_test.cpp → the program no_memory_alone_test, tests edge.*. Not with
# sanitizers, which replace operator new and pthread_create themselves.
function(paucal_alone_tests layer)
  foreach(source ${ARGN})
    if(NOT PAUCAL_SANITIZE)
      cmake_path(GET source STEM target)
      add_executable(${target} EXCLUDE_FROM_ALL ${source})
      add_dependencies(tests ${target})
      target_link_libraries(${target} PRIVATE paucal_${layer} GTest::gtest_main ${CMAKE_DL_LIBS})
      gtest_discover_tests(${target} TEST_PREFIX ${layer}. DISCOVERY_TIMEOUT 60)
    endif()
  endforeach()
endfunction()

function(paucal_layer name)
  # SOURCES: those of the folder that are wanted; default: all. SEPARATE: the library's files are
  # compiled one by one, since they share names (an op a file).
  cmake_parse_arguments(LAYER "TORCH;SEPARATE" "" "LIBS;SOURCES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  if(LAYER_SOURCES)
    list(TRANSFORM LAYER_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/src/${name}/ OUTPUT_VARIABLE sources)
  endif()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(PAUCAL_EDGE_ONLY)
    list(FILTER sources EXCLUDE REGEX "/pre/(tiff|dicom)[a-z_]*\\.cpp$")
  endif()
  list(FILTER sources EXCLUDE REGEX "_windows\\.cpp$")  # cmake/edge_mingw takes them
  if(NOT sources)
    set(sources ${CMAKE_SOURCE_DIR}/cmake/empty.cpp)
  endif()

  # Fast paths of kernels: chosen at run time, so only their files may use the instructions.
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    set(avx2 ${sources})
    list(FILTER avx2 INCLUDE REGEX "_avx2\\.cpp$")
    set_source_files_properties(${avx2} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
    set(vnni ${sources})
    list(FILTER vnni INCLUDE REGEX "_avx512vnni\\.cpp$")
    set_source_files_properties(${vnni} PROPERTIES COMPILE_OPTIONS
      "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mavx512vnni;-mfma;-mavx2")
  else()
    list(FILTER sources EXCLUDE REGEX "_(avx2|avx512vnni)\\.cpp$")
  endif()

  add_library(paucal_${name} STATIC ${sources})
  set_target_properties(paucal_${name} PROPERTIES EXPORT_NAME ${name})
  add_library(paucal::${name} ALIAS paucal_${name})
  set_property(GLOBAL APPEND PROPERTY PAUCAL_LAYERS paucal_${name})
  target_include_directories(paucal_${name} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src> $<INSTALL_INTERFACE:include/paucal>)
  target_compile_features(paucal_${name} PUBLIC cxx_std_20)
  if(name STREQUAL "edge")
    # Nobody reads floating-point traps or errno, and without them loops become vector code.
    target_compile_options(paucal_edge PRIVATE -fno-trapping-math -fno-math-errno)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Loads that come early take registers from a matrix product's sums. x86-64's default.
      target_compile_options(paucal_edge PRIVATE -fno-schedule-insns)
    endif()
  endif()
  if(NOT LAYER_SEPARATE)
    paucal_use_unity(paucal_${name})
  endif()
  target_link_libraries(paucal_${name} PUBLIC ${LAYER_LIBS})
  if(LAYER_TORCH)
    target_link_libraries(paucal_${name} PUBLIC torch)
    target_include_directories(paucal_${name} SYSTEM PUBLIC ${TORCH_INCLUDE_DIRS})
    paucal_use_pch(paucal_${name})
  endif()

  set(alone ${tests})
  list(FILTER alone INCLUDE REGEX "_alone_test\\.cpp$")
  list(FILTER tests EXCLUDE REGEX "_alone_test\\.cpp$")
  if(PAUCAL_TESTS)
    paucal_alone_tests(${name} ${alone})
  endif()

  if(PAUCAL_TESTS AND tests)
    add_executable(${name}_test EXCLUDE_FROM_ALL ${tests})
    add_dependencies(tests ${name}_test)
    paucal_use_unity(${name}_test)
    target_link_libraries(${name}_test PRIVATE paucal_${name} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE PAUCAL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    if(LAYER_TORCH)
      paucal_use_pch(${name}_test)
      # Starting libtorch costs over half a second, so a torch layer is one ctest entry.
      add_test(NAME ${name} COMMAND ${name}_test)
    else()
      # A third less time for the compiler; what is tested is the library, optimised in full. Not
      # with the precompiled header, which holds for one level alone.
      target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O1>)
      gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60)
    endif()
  endif()
endfunction()
