#include "data/files/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace paucal::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Csv, ReadsQuotesBomAndCrlf) {
  const auto table = parse_csv(
      "\xEF\xBB\xBFPath, Class\r\n\"a, \"\"b\"\"\",x\r\n\r\n\"two\nlines\",y\r\nlast,", "t");
  ASSERT_TRUE(table.ok()) << table.failure().message;
  EXPECT_THAT(table->columns, ElementsAre("path", "class"));
  ASSERT_EQ(table->rows.size(), 3u);
  EXPECT_THAT(table->rows[0].fields, ElementsAre("a, \"b\"", "x"));
  EXPECT_THAT(table->rows[1].fields, ElementsAre("two\nlines", "y"));
  EXPECT_EQ(table->rows[1].line, 4);
  EXPECT_THAT(table->rows[2].fields, ElementsAre("last", ""));
  EXPECT_EQ(table->rows[2].line, 6);
}

TEST(Csv, TakesTheSeparatorOfTheHeader) {
  EXPECT_THAT(parse_csv("a;b\n1,5;2", "t")->rows[0].fields, ElementsAre("1,5", "2"));
  EXPECT_THAT(parse_csv("a\tb\n1\t2", "t")->rows[0].fields, ElementsAre("1", "2"));
}

TEST(Csv, RefusesWithTheLine) {
  EXPECT_THAT(parse_csv("a,b\n1,\"x\n\n", "f.csv").failure().message,
              HasSubstr("'f.csv' line 2: the quote is never closed"));
  EXPECT_THAT(parse_csv("a,b\n\"x\"y,1", "f").failure().message, HasSubstr("line 2: text after"));
  EXPECT_THAT(parse_csv(std::string_view("a\0b\0", 4), "f").failure().message, HasSubstr("UTF-16"));
  EXPECT_THAT(parse_csv("a,a\n", "f").failure().message, HasSubstr("'a' stands twice"));
  EXPECT_FALSE(parse_csv("", "f").ok());
  EXPECT_FALSE(parse_csv("\n\n", "f").ok());
}

TEST(Csv, WhatIsWrittenReadsBack) {
  for (const std::string field : {"plain", "a,b", "say \"x\"", " spaced ", "two\nlines", ""}) {
    const auto table = parse_csv("x,y\n" + csv_field(field) + ",1\n", "t");
    ASSERT_TRUE(table.ok());
    EXPECT_EQ(table->rows[0].fields[0], field);
  }
}

}  // namespace
}  // namespace paucal::data
