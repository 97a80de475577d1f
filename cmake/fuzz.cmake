# libFuzzer targets, one for each *_fuzz.cpp: src/edge/pre/decode_fuzz.cpp → decode_fuzz. They link
# copies of the layers that clang instruments; the parts that need libtorch are left out.
#   cmake --preset fuzz && cmake --build --preset fuzz --target decode_fuzz
#   build/fuzz/decode_fuzz -max_total_time=20 CORPUS
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "PAUCAL_FUZZ=ON with ${CMAKE_CXX_COMPILER_ID}: expected -DCMAKE_CXX_COMPILER=clang++")
endif()
set(PAUCAL_FUZZ_SANITIZERS address,undefined)

# A layer with its fuzz targets. SOURCES: those that the targets need; default: all of the layer.
# SEPARATE as in layer.cmake.
function(paucal_fuzz_layer name)
  cmake_parse_arguments(FUZZ "SEPARATE" "" "SOURCES;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  set(targets ${sources})
  list(FILTER targets INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|windows)\\.cpp$")
  if(FUZZ_SOURCES)
    list(TRANSFORM FUZZ_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/src/${name}/ OUTPUT_VARIABLE sources)
  endif()

  add_library(fuzzed_${name} STATIC EXCLUDE_FROM_ALL ${sources})
  if(NOT FUZZ_SEPARATE)
    paucal_use_unity(fuzzed_${name})
  endif()
  target_include_directories(fuzzed_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(fuzzed_${name} PUBLIC ${FUZZ_LIBS})
  target_compile_options(fuzzed_${name} PUBLIC
    -O1 -gline-tables-only -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,${PAUCAL_FUZZ_SANITIZERS}
    -fno-sanitize-recover=undefined)
  foreach(source ${targets})
    cmake_path(GET source STEM target)
    add_executable(${target} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(${target} PRIVATE fuzzed_${name})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer,${PAUCAL_FUZZ_SANITIZERS})
    add_dependencies(fuzz ${target})
  endforeach()
endfunction()

add_custom_target(fuzz)  # all of them
paucal_fuzz_layer(base SEPARATE LIBS yaml-cpp spdlog::spdlog nlohmann_json::nlohmann_json Threads::Threads
  SOURCES base64.cpp crc32c.cpp file_access.cpp files.cpp json_text.cpp option.cpp options.cpp
  random.cpp sha256.cpp shared_bytes.cpp short_path.cpp system_posix.cpp text.cpp unit.cpp)
paucal_fuzz_layer(edge SEPARATE LIBS fuzzed_base JPEG::JPEG PNG::PNG PkgConfig::WEBP TIFF::TIFF
  dcmjpeg dcmdata oflog ofstd)
paucal_fuzz_layer(http LIBS fuzzed_base Boost::headers ZLIB::ZLIB SOURCES response.cpp server/coding.cpp
  server/framing.cpp server/numeric_address.cpp server/reply_reader.cpp server/request.cpp
  server/request_reader_beast.cpp server/response_text.cpp server/target.cpp)
paucal_fuzz_layer(serve LIBS fuzzed_edge fuzzed_http SOURCES asked.cpp infer_json.cpp infer_request.cpp
  input_image.cpp output_table.cpp problem.cpp)
paucal_fuzz_layer(spool LIBS fuzzed_base SOURCES hour_log.cpp times.cpp)
paucal_fuzz_layer(graph LIBS fuzzed_edge)
paucal_protobuf(src/graph/onnx.proto fuzzed_graph onnx_fuzz)
paucal_fuzz_layer(labels LIBS fuzzed_edge pugixml::pugixml ICU::uc)
paucal_fuzz_layer(data LIBS fuzzed_base SOURCES files/tar.cpp unlabelled/unlabelled_index.cpp)
paucal_fuzz_layer(models LIBS fuzzed_base ZLIB::ZLIB SOURCES byte_reader.cpp pickle.cpp pickle_globals.cpp
  pickle_stack.cpp pth_index.cpp pth_legacy.cpp pth_tensors.cpp safetensors_index.cpp tensor_index.cpp
  unpack.cpp weight_format.cpp zip.cpp)
paucal_fuzz_layer(line LIBS fuzzed_base SOURCES modbus_frame.cpp recipes.cpp registers.cpp
  result_line.cpp results_file.cpp state.cpp)
paucal_fuzz_layer(review LIBS fuzzed_labels SOURCES geometry.cpp read_run.cpp)
paucal_fuzz_layer(loop LIBS fuzzed_base SOURCES spool_line.cpp)
