#include "http/server/coding.h"

#include <gtest/gtest.h>

namespace paucal::http {
namespace {

using InflaterState = Inflater::State;

TEST(Coding, WhatIsCompressedComesBackHoweverItIsCut) {
  const std::string text = std::string(100'000, 'a') + "end";
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate}) {
    const std::string small = *compressed(text, coding);
    EXPECT_LT(small.size(), text.size() / 10);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{7}, small.size()}) {
      Inflater inflater(coding);
      std::string out;
      for (std::size_t at = 0; at < small.size(); at += cut)
        inflater.add(std::string_view(small).substr(at, cut), out, text.size());
      EXPECT_EQ(inflater.state(), InflaterState::kEnd);
      EXPECT_EQ(out, text);
    }
  }
}

TEST(Coding, ABombStopsAtTheLimit) {
  const std::string bomb = *compressed(std::string(10 << 20, '\0'), Coding::kGzip);
  Inflater inflater(Coding::kGzip);
  std::string out;
  EXPECT_EQ(inflater.add(bomb, out, 1 << 20), InflaterState::kTooLarge);
  EXPECT_LE(out.size(), std::size_t{1} << 20);
}

TEST(Coding, DamageIsFound) {
  const std::string good = *compressed("four score", Coding::kGzip);
  for (std::size_t at = 0; at < good.size(); ++at) {
    Inflater cut(Coding::kGzip);
    std::string out;
    EXPECT_EQ(cut.add(good.substr(0, at), out, 1000), InflaterState::kMore) << at;
  }
  for (const std::string& bad : {good + "x", good + good, std::string("\x1f\x8b\xff\xff\xff\xff"),
                                 *compressed("a", Coding::kDeflate), std::string("plain")}) {
    Inflater inflater(Coding::kGzip);
    std::string out;
    EXPECT_EQ(inflater.add(bad, out, 1000), InflaterState::kBroken);
  }
}

TEST(Coding, Names) {
  EXPECT_EQ(coding_of("GZIP"), Coding::kGzip);
  EXPECT_EQ(coding_of(" deflate "), Coding::kDeflate);
  EXPECT_EQ(coding_of(""), Coding::kIdentity);
  for (const char* field : {"br", "gzip, gzip", "gzip;q=1", "compress"})
    EXPECT_FALSE(coding_of(field)) << field;
}

TEST(Coding, WhatAClientAccepts) {
  EXPECT_EQ(accepted_coding("gzip, deflate"), Coding::kGzip);
  EXPECT_EQ(accepted_coding("deflate"), Coding::kDeflate);
  EXPECT_EQ(accepted_coding("br;q=1.0, GZip;q=0.5"), Coding::kGzip);
  EXPECT_EQ(accepted_coding("gzip;q=0, deflate"), Coding::kDeflate);
  EXPECT_EQ(accepted_coding("gzip;q=0.000"), Coding::kIdentity);
  EXPECT_EQ(accepted_coding("identity, *"), Coding::kIdentity);
  EXPECT_EQ(accepted_coding(",,"), Coding::kIdentity);
}

}  // namespace
}  // namespace paucal::http
