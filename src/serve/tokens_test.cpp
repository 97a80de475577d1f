#include "serve/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/files.h"
#include "serve/authorise.h"
#include "serve/test_call.h"

namespace paucal::serve {
namespace {

using testing::HasSubstr;

std::string token_line(const char* name, const char* scopes, const char* token) {
  return fmt::format("{} {} {}\n", name, scopes, sha256_hex(token));
}

std::string basic(std::string_view pair) {
  return "Basic " + to_base64({reinterpret_cast<const std::uint8_t*>(pair.data()), pair.size()});
}

class TokensTest : public testing::Test {
 protected:
  TokensTest() {
    write("# who may what\n\n" + token_line("line1", "infer", "alpha") +
          "  boss\tinfer,models,metrics  " + sha256_hex("beta") + "  # all\r\n" +
          token_line("graphs", "metrics", "gamma"));
    tokens_ = value_or_throw(Tokens::open(file_));
  }
  ~TokensTest() override { std::filesystem::remove(file_); }
  void write(const std::string& text) { write_text_atomic(file_, text); }
  std::string name(std::string_view authorization) {
    const auto token = tokens_->find(authorization);
    return token ? token->name : "";
  }
  int status(std::string method, std::string_view target, const char* authorization) {
    http::Request head = request_for(std::move(method), target);
    if (authorization) head.fields.push_back({"authorization", authorization});
    const auto refused = make_authorise(tokens_, std::make_shared<RequestCounts>())(head);
    principal_ = head.principal;
    challenge_ = refused ? field_of(*refused, "WWW-Authenticate") : "";
    return refused ? refused->status : 200;
  }

  std::filesystem::path file_ =
      std::filesystem::path(testing::TempDir()) / fmt::format("tokens_test.{}", ::getpid());
  std::shared_ptr<Tokens> tokens_;
  std::string principal_, challenge_;
};

TEST_F(TokensTest, BearerAndBasicNameTheSame) {
  EXPECT_EQ(name("Bearer alpha"), "line1");
  EXPECT_EQ(name("bearer   beta "), "boss");
  EXPECT_EQ(name(basic("line1:alpha")), "line1");
  EXPECT_EQ(tokens_->find("Bearer beta")->scopes, kInferScope | kModelsScope | kMetricsScope);
}

TEST_F(TokensTest, AnythingElseNamesNobody) {
  for (const std::string& text :
       {std::string(""), std::string("Bearer"), std::string("Bearer "), std::string("Bearer alph"),
        std::string("Bearer alphaa"), std::string("alpha"), std::string("Digest alpha"),
        std::string("Basic ###"), basic("alpha"), basic("boss:alpha"), basic(":alpha"),
        "Bearer " + sha256_hex("alpha"), std::string("Bearer alpha\0", 13)})
    EXPECT_EQ(name(text), "") << text;
}

TEST_F(TokensTest, EachRouteTakesItsScope) {
  EXPECT_EQ(status("POST", "/v2/models/a/infer", "Bearer alpha"), 200);
  EXPECT_EQ(principal_, "line1");
  EXPECT_EQ(status("POST", "/v2/models/a/predict", nullptr), 401);
  EXPECT_THAT(challenge_, HasSubstr("Bearer"));
  EXPECT_EQ(status("POST", "/v2/models/a/predict", "Bearer wrong"), 401);
  EXPECT_EQ(status("POST", "/v2/models/a/infer", "Bearer gamma"), 403);
  EXPECT_EQ(status("POST", "/v2/repository/models/a/load", "Bearer alpha"), 403);
  EXPECT_EQ(status("POST", "/v2/repository/models/a/rollback", "Bearer beta"), 200);
  EXPECT_EQ(status("GET", "/metrics", "Bearer gamma"), 200);
  EXPECT_EQ(status("GET", "/metrics", "Bearer alpha"), 403);
  EXPECT_EQ(status("GET", "/v2/models/a", "Bearer gamma"), 200);
  EXPECT_EQ(status("GET", "/v2/health/ready", nullptr), 200);
  EXPECT_EQ(status("GET", "/nothing", nullptr), 401);
  EXPECT_EQ(status("GET", "/nothing", "Bearer alpha"), 200);
}

TEST_F(TokensTest, WithoutTokensThisMachineAloneChangesModels) {
  const http::Authorise authorise = make_authorise(nullptr, std::make_shared<RequestCounts>());
  const char* kLoad = "/v2/repository/models/a/load";
  http::Request head = request_for("POST", kLoad);
  EXPECT_FALSE(authorise(head));
  head.fields = {{"Origin", "http://elsewhere"}};
  EXPECT_EQ(authorise(head)->status, 403);
  head = request_for("POST", kLoad);
  head.loopback = false;
  EXPECT_EQ(authorise(head)->status, 403);
  head = request_for("POST", "/v2/models/a/infer");
  head.loopback = false;
  EXPECT_FALSE(authorise(head));
}

TEST_F(TokensTest, ReloadTakesTheNewAndKeepsTheOldOfAWrongFile) {
  write(token_line("new", "infer", "delta"));
  EXPECT_FALSE(tokens_->reload());
  EXPECT_EQ(name("Bearer delta"), "new");
  EXPECT_EQ(name("Bearer alpha"), "");
  write("new infer\n");
  ASSERT_TRUE(tokens_->reload());
  EXPECT_EQ(name("Bearer delta"), "new");
  std::filesystem::remove(file_);
  EXPECT_TRUE(tokens_->reload());
  EXPECT_FALSE(Tokens::open(file_).ok());
}

TEST_F(TokensTest, LinesThatAreWrongAreNamed) {
  const std::string digest = sha256_hex("x");
  for (const std::string& line :
       {std::string("a"), std::string("a infer"), "a b " + digest, "a infer, " + digest,
        "a:b infer " + digest, "a infer " + digest.substr(1), "a infer " + digest + " more",
        "a infer,,models " + digest, "a " + digest}) {
    const auto read = read_tokens("# first\n" + line, "f");
    ASSERT_FALSE(read.ok()) << line;
    EXPECT_THAT(read.failure().message, HasSubstr("'f', line 2")) << line;
  }
  std::string many;
  for (int i = 0; i < 1001; ++i) many += token_line("a", "infer", "b");
  EXPECT_FALSE(read_tokens(many, "f").ok());
  EXPECT_EQ(read_tokens("", "f")->size(), 0u);
}

}  // namespace
}  // namespace paucal::serve
