#include "labels/class_key.h"

#include <gtest/gtest.h>

#include "labels/class_name.h"

namespace paucal::labels {
namespace {

TEST(ClassKey, NamesThatLookTheSameAreTheSame) {
  for (const char* name : {"OK", "ok", "OK ", " Ok\t", "\u3000OK\u00A0", "\uFEFFOK", "OK\u200B"})
    EXPECT_EQ(class_key(name), "ok") << name;
  EXPECT_EQ(class_key("\u00C9clat"), class_key("e\u0301clat"));  // É; e with an accent
  EXPECT_EQ(class_key("СКОЛ"), class_key("скол"));               // Cyrillic
  EXPECT_EQ(class_key("Straße"), class_key("STRASSE"));
  EXPECT_NE(class_key("裂纹"), class_key("裂缝"));
  EXPECT_NE(class_key("scratch 1"), class_key("scratch1"));
}

TEST(ClassKey, BytesThatAreNotUtf8NeverCollide) {
  const std::string a = "\xC1\xE3", b = "\xC1\xE4";
  EXPECT_NE(class_key(a), class_key(b));
  EXPECT_NE(class_key("\x81\x41"), class_key("\x81\x61")) << "half of a sign in GBK, no letter";
  EXPECT_EQ(class_key(a + " "), class_key(a));
}

TEST(ClassKey, TrimsAndKnowsOk) {
  EXPECT_EQ(class_name(" Scratch deep\u3000"), "Scratch deep");
  EXPECT_EQ(class_name("\u00A0\u2007\u200B\u202F x\uFEFF"), "x");
  EXPECT_EQ(class_name(" "), "");
  for (const char* name : {"OK", "good ", "Normal"}) EXPECT_TRUE(means_ok(name));
  for (const char* name : {"NG", "not ok", ""}) EXPECT_FALSE(means_ok(name));
}

TEST(ClassKey, FindsTheClassThatIsMeant) {
  const std::vector<std::string> classes = {"NG", "Ok"};
  EXPECT_EQ(find_class(classes, "OK "), 1);
  EXPECT_EQ(find_class(classes, "dent"), -1);
  EXPECT_EQ(find_class({}, "OK"), -1);
}

}  // namespace
}  // namespace paucal::labels
