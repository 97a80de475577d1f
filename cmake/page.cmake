# The page of reviews: src/review/page/*.ts → one script, one style (esbuild) → bytes in the program.
set(page ${CMAKE_SOURCE_DIR}/src/review/page)
set(page_out ${CMAKE_BINARY_DIR}/review_page)
file(GLOB page_sources CONFIGURE_DEPENDS ${page}/*.ts)
add_custom_command(
  OUTPUT ${page_out}/page_files.cpp
  COMMAND ${ESBUILD} ${page}/main.ts --bundle --minify --format=esm --target=es2022 --log-level=warning
    --outfile=${page_out}/page.js
  COMMAND ${ESBUILD} ${page}/style.css --minify --log-level=warning --outfile=${page_out}/page.css
  COMMAND ${CMAKE_COMMAND} -DFROM=${page_out} -DINDEX=${page}/index.html -P
    ${CMAKE_SOURCE_DIR}/cmake/embed_page.cmake
  DEPENDS ${page_sources} ${page}/style.css ${page}/index.html ${CMAKE_SOURCE_DIR}/cmake/embed_page.cmake
  COMMENT "Bundling the page of reviews" VERBATIM)
target_sources(paucal_review PRIVATE ${page_out}/page_files.cpp)
set_source_files_properties(${page_out}/page_files.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

if(PAUCAL_TESTS)
  # In a browser, against a server in memory; skips with a reason where node or Chromium is missing.
  add_test(NAME review.page COMMAND ${page}/test/run)
  set_tests_properties(review.page PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()
