// Commands reach a store with and without a server.

#include "review/control.h"

#include <sys/stat.h>

#include "review/test_review.h"

namespace paucal::review {
namespace {

Json new_user(const char* name) {
  return {{"command", "add user"}, {"name", name}, {"role", "reviewer"}, {"password_hash", "-"}};
}

TEST(Control, WorksWithAndWithoutAServer) {
  test::Review review(3);
  const auto folder = review.folder_.path / "review";
  const auto names = [&] {
    std::vector<std::string> all;
    for (const User& user : review.store_->read(users)) all.push_back(user.name);
    return all;
  };
  {
    const Control control(*review.store_);
    struct stat about {};
    ASSERT_EQ(::stat((folder / "review.sock").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600u);
    EXPECT_EQ(command_store(folder, new_user("cleo"))["name"], "cleo");
    EXPECT_THAT(names(), testing::Contains("cleo"));
    try {
      command_store(folder, new_user("cleo"));
      FAIL();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("'cleo' is there"));
    }
    EXPECT_THROW(command_store(folder, {{"command", "explode"}}), Error);
    EXPECT_TRUE(std::filesystem::exists(
        command_store(folder, {{"command", "backup"}})["file"].get<std::string>()));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "review.sock"));
  EXPECT_THROW(command_store(folder, new_user("dora")), Error) << "held, and nobody listens";
  review.store_.reset();
  command_store(folder, new_user("dora"));
  command_store(folder, {{"command", "set role"}, {"name", "dora"}, {"role", "admin"}});
  review.store_ = Store::open(folder, review.options());
  EXPECT_THAT(names(), testing::Contains("dora"));
}

TEST(Control, OpensAndClosesAudits) {
  test::Review review(12);
  review.close_all(review.anna, 12);
  const Control control(*review.store_);
  const auto folder = review.folder_.path / "review";
  const Json opened = command_store(
      folder, {{"command", "audit open"}, {"options", {{"name", "one"}, {"looks", 5}}}});
  EXPECT_EQ(opened["drawn"], 5);
  EXPECT_EQ(opened["name"], "one");
  EXPECT_THROW(command_store(folder, {{"command", "audit open"}, {"options", {{"looks", -1}}}}),
               Error);
  EXPECT_THROW(command_store(folder, {{"command", "audit close"}, {"name", "two"}}), Error);
  EXPECT_EQ(command_store(folder, {{"command", "audit close"}})["state"], "closed");
  EXPECT_THROW(command_store(folder, {{"command", "audit close"}}), Error) << "closed already";
  EXPECT_TRUE(check(*review.store_, /*rebuild=*/true).ok());
}

}  // namespace
}  // namespace paucal::review
