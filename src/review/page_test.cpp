#include "review/page.h"

#include <gtest/gtest.h>

namespace paucal::review {
namespace {

std::optional<http::Response> page_of(const std::string& name, const std::string& method = "GET") {
  http::Request request;
  request.method = method;
  request.path = {name};
  return page_response(request);
}

TEST(Page, NamesItsFilesByTheirContent) {
  const auto page = page_of("");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  int named = 0;
  for (const PageFile& file : page_files()) {
    if (file.name.empty()) continue;
    ++named;
    EXPECT_NE(page->body.find("\"/" + std::string(file.name) + "\""), std::string::npos);
    const auto asset = page_of(std::string(file.name));
    ASSERT_TRUE(asset) << file.name;
    EXPECT_EQ(asset->body, file.bytes);
  }
  EXPECT_EQ(named, 2) << "one script, one style";
}

TEST(Page, FitsItsContentSecurityPolicy) {
  const auto page = page_of("");
  ASSERT_TRUE(page);
  for (const char* inlined : {"<style", "style=", "onclick", "onload", "http://", "https://"})
    EXPECT_EQ(page->body.find(inlined), std::string::npos) << inlined;
}

TEST(Page, IsSmall) {
  size_t bytes = 0;
  for (const PageFile& file : page_files()) bytes += file.bytes.size();
  EXPECT_GT(bytes, 20'000u);
  EXPECT_LT(bytes, 250'000u);
}

TEST(Page, HasNothingElse) {
  for (const char* name : {"index.html", "page.js", "..", "favicon.ico"})
    EXPECT_FALSE(page_of(name)) << name;
  EXPECT_FALSE(page_of("", "POST"));
}

}  // namespace
}  // namespace paucal::review
