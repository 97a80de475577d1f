# Compiles src/<layer>/<name>.proto into the build folder and into `target`; further targets may
# include the header too. Nothing of protobuf shows in public headers. The full library, though the
# lite runtime would do: libtorch brings it, and both in one process would be two runtimes.
find_package(Protobuf REQUIRED)

function(paucal_protobuf proto target)
  cmake_path(GET proto STEM name)
  cmake_path(GET proto PARENT_PATH folder)  # src/graph
  string(REGEX REPLACE "^src/" "" folder ${folder})
  set(out ${CMAKE_BINARY_DIR}/generated)
  set(made ${out}/${folder}/${name}.pb.cc ${out}/${folder}/${name}.pb.h)
  if(NOT TARGET paucal_${name}_proto)
    file(MAKE_DIRECTORY ${out}/${folder})
    add_custom_command(OUTPUT ${made} DEPENDS ${CMAKE_SOURCE_DIR}/${proto}
      COMMAND protobuf::protoc --cpp_out=${out} -I ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/${proto}
      VERBATIM)
    add_custom_target(paucal_${name}_proto DEPENDS ${made})  # once, whoever needs it
  endif()
  set_source_files_properties(${made} PROPERTIES GENERATED TRUE COMPILE_OPTIONS "-w")
  target_sources(${target} PRIVATE ${made})
  foreach(user ${target} ${ARGN})
    if(TARGET ${user})
      add_dependencies(${user} paucal_${name}_proto)
      target_include_directories(${user} SYSTEM PRIVATE ${out})
      target_link_libraries(${user} PRIVATE protobuf::libprotobuf)
    endif()
  endforeach()
endfunction()
