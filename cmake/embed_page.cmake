# cmake -DFROM=FOLDER -DINDEX=index.html -P embed_page.cmake: FOLDER/page_files.cpp, with the page's files as bytes.
file(READ ${INDEX} index)
set(arrays "")
set(rows "")

function(add_file variable name type hex)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n"
    bytes "${bytes}")
  set(arrays "${arrays}const unsigned char ${variable}[] = {\n${bytes}};\n" PARENT_SCOPE)
  set(rows "${rows}    {\"${name}\", \"${type}\", text_of(${variable})},\n" PARENT_SCOPE)
endfunction()

foreach(kind js css)
  set(type text/javascript)
  if(kind STREQUAL css)
    set(type "text/css")
  endif()
  file(SHA256 ${FROM}/page.${kind} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  file(READ ${FROM}/page.${kind} hex HEX)
  add_file(k_${kind} page-${hash}.${kind} "${type}; charset=utf-8" "${hex}")
  string(REPLACE "/page.${kind}" "/page-${hash}.${kind}" index "${index}")
endforeach()
string(HEX "${index}" hex)
add_file(k_html "" "text/html; charset=utf-8" "${hex}")

file(WRITE ${FROM}/page_files.cpp "// Made by cmake/embed_page.cmake.
#include \"review/page.h\"

namespace paucal::review {
namespace {

${arrays}
template <size_t N>
std::string_view text_of(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}

}  // namespace

std::span<const PageFile> page_files() {
  static const PageFile kFiles[] = {
${rows}  };
  return kFiles;
}

}  // namespace paucal::review
")
