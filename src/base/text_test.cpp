#include "base/text.h"

#include <gtest/gtest.h>

#include "base/json_text.h"
#include "base/options.h"

namespace paucal {
namespace {

const std::string kGbk = "\xC1\xE3\xBC\xFE";  // "part" in GBK

TEST(EscapedBytes, ComeBackWhateverTheyAre) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const std::string cases[] = {"",
                               "plain.png",
                               "裂纹",
                               kGbk,
                               kGbk + "/é.png",
                               "\xE2\x82",
                               all,
                               "\xED\xA0\x80",
                               "\xF4\x90\x80\x80",  // a surrogate, beyond Unicode
                               "\xEE\xBE\x80",
                               "\xEE\xBF\xBF",
                               "\xEE\xBE"};
  for (const std::string& bytes : cases) {
    EXPECT_TRUE(is_utf8(escape_bytes(bytes)));
    EXPECT_EQ(unescape_bytes(escape_bytes(bytes)), bytes);
    // An escape that stands in a name is a name like any other.
    EXPECT_EQ(unescape_bytes(escape_bytes(escape_bytes(bytes))), escape_bytes(bytes));
  }
}

TEST(EscapedBytes, LeaveUtf8AsItIs) {
  for (const std::string text : {"a%C1.png", "裂纹 é", "\uE000\uEF7F\uF000", "😀"})
    EXPECT_EQ(escape_bytes(text), text);
  EXPECT_EQ(escape_bytes("a\xC1"), "a\uEFC1");
  EXPECT_NE(escape_bytes("\xC1"), escape_bytes("\xC2")) << "names never collide";
}

TEST(EscapedBytes, AreShownToPeople) {
  EXPECT_EQ(printable("\xC1\xE3/裂纹.png"), "\\xC1\\xE3/裂纹.png");
}

TEST(CutText, EndsBetweenCharacters) {
  EXPECT_EQ(cut_text("裂纹", 6), "裂纹");
  for (const size_t bytes : {3, 4, 5}) EXPECT_EQ(cut_text("裂纹", bytes), "裂");
  EXPECT_EQ(cut_text("裂纹", 2), "");
  EXPECT_EQ(cut_text("😀😀", 7), "😀");
  EXPECT_EQ(cut_text(std::string(9, '\x80'), 8).size(), 8u) << "no UTF-8: nothing to keep whole";
}

TEST(EscapedBytes, StringsAndKeysOfJson) {
  const Json json = {{kGbk, {{"path", kGbk + ".png"}}}, {"list", {1, "\xFF", "\uFFFD", "\uEFC1"}}};
  for (const int indent : {-1, 2}) EXPECT_EQ(*parse_json(dump_json(json, indent), "names"), json);
  EXPECT_EQ(*parse_json("[\"\\uefc1\"]", "names"), Json({"\xC1"})) << "as Python writes it";
  EXPECT_EQ(dump_json({{"a", "裂纹 \uFFFD"}}), "{\"a\":\"裂纹 \uFFFD\"}");
  EXPECT_FALSE(parse_json("{", "names").ok());
}

TEST(EscapedBytes, HostileDepthIsRefused) {
  const std::string deep = std::string(100'000, '[') + "\"\uEFC1\"" + std::string(100'000, ']');
  EXPECT_FALSE(parse_json(deep, "names").ok());
}

struct Paths {
  std::string root;
  std::vector<std::string> ok;
  template <class V>
  void visit(V& v) {
    v(root, "root", "a folder");
    v(ok, "ok", "names");
  }
};

TEST(EscapedBytes, OptionsAsYaml) {
  Paths paths{"/data/" + kGbk, {kGbk, "OK"}}, read;
  const std::string yaml = options_of(paths).to_yaml();
  EXPECT_TRUE(is_utf8(yaml));
  options_of(read).load_yaml_text(yaml, "recipe.yaml");
  EXPECT_EQ(read.root, paths.root);
  EXPECT_EQ(read.ok, paths.ok);
}

}  // namespace
}  // namespace paucal
