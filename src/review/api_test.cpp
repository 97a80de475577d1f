// The API as a page sees it, over a socket of this machine.

#include "review/api.h"

#include "base/files.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "http/server/client.h"
#include "review/image_files.h"
#include "review/readings.h"
#include "review/test_heat_run.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

using testing::HasSubstr;

// A client with a cookie and a csrf, as a page has them.
class Browser {
 public:
  explicit Browser(int port) : port_(port), client_({.host = "127.0.0.1", .port = port}) {}

  http::Reply get(const std::string& path) { return send("GET", path, ""); }
  http::Reply post(const std::string& path, const Json& body) {
    return send("POST", path, body.dump());
  }
  http::Reply send(const std::string& method, const std::string& path, const std::string& body,
                   std::vector<http::Field> more = {}) {
    std::vector<http::Field> fields = std::move(more);
    fields.push_back({"Origin", fmt::format("http://127.0.0.1:{}", port_)});
    fields.push_back({"Sec-Fetch-Site", "same-origin"});
    if (!cookie.empty()) fields.push_back({"Cookie", cookie});
    if (!csrf.empty()) fields.push_back({"X-Paucal-CSRF", csrf});
    if (method == "POST") fields.push_back({"Content-Type", "application/json"});
    return plain(method, path, fields, body);
  }
  http::Reply plain(const std::string& method, const std::string& path,
                    const std::vector<http::Field>& fields, const std::string& body = "") {
    auto reply = client_.send(method, "/api/v1/" + path, fields, body);
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? std::move(*reply) : http::Reply{};
  }
  // Name and password, and a token for setup.
  int enter(const std::string& path, const Json& credentials) {
    const http::Reply reply = post(path, credentials);
    if (reply.status != 200) return reply.status;
    const std::string set = *reply.field("Set-Cookie");
    EXPECT_THAT(set, HasSubstr("HttpOnly"));
    EXPECT_THAT(set, HasSubstr("SameSite=Strict"));
    cookie = set.substr(0, set.find(';'));
    csrf = Json::parse(reply.body)["csrf"];
    return 200;
  }

  std::string cookie, csrf;

 private:
  int port_;
  http::Client client_;
};

Json json_of_reply(const http::Reply& reply) {
  const auto json = parse_json(reply.body, "answer");
  EXPECT_TRUE(json.ok()) << reply.body;
  return json.ok() ? *json : Json();
}

constexpr const char* kPassword = "correct horse";

class ApiTest : public testing::Test {
 protected:
  void SetUp() override {
    edge::Image image(1300, 700, 1);
    for (size_t i = 0; i < image.pixels.size(); ++i)
      image.pixels[i] = static_cast<uint8_t>(i * 7 / 3);
    write_file_atomic(folder_.path / "set/OK/0.png", *edge::encode_png(image));
    RunImages run = test::made_up_run(6);
    run.root = folder_.path / "set";
    run.folder = folder_.path / "run";
    store_ = Store::create(folder_.path / "review");
    import_run(*store_, run);
    api_ = make_api(*store_, {.threads = 2, .version = "1.2.3"});
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = std::move(http::Server::make(options, api_.handler).value());
  }
  void TearDown() override {
    server_.reset();
    api_ = {};  // after the server
    store_.reset();
  }
  Browser admin() {
    Browser browser(server_->port());
    EXPECT_EQ(
        browser.enter("setup",
                      {{"token", api_.setup_token}, {"name", "head"}, {"password", kPassword}}),
        200);
    return browser;
  }
  Browser add(Browser& admin, const std::string& name, const std::string& role) {
    EXPECT_EQ(admin.post("users", {{"name", name}, {"password", kPassword}, {"role", role}}).status,
              200);
    Browser browser(server_->port());
    EXPECT_EQ(browser.enter("login", {{"name", name}, {"password", kPassword}}), 200);
    return browser;
  }

  test::Folder folder_;
  std::unique_ptr<Store> store_;
  Api api_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(ApiTest, SetupWorksOnceAndWithItsTokenAlone) {
  Browser stranger(server_->port());
  EXPECT_EQ(stranger.enter("setup", {{"token", "guess"}, {"name", "x"}, {"password", kPassword}}),
            403);
  Browser browser = admin();
  EXPECT_EQ(json_of_reply(browser.get("me"))["role"], "admin");
  EXPECT_EQ(stranger.enter("setup",
                           {{"token", api_.setup_token}, {"name", "eve"}, {"password", kPassword}}),
            409);
  EXPECT_EQ(make_api(*store_, {.threads = 1}).setup_token, "");
}

TEST_F(ApiTest, APageReviewsImages) {
  Browser browser = admin();
  const Json project = json_of_reply(browser.get("project"));
  EXPECT_EQ(project["images"], 6);
  EXPECT_EQ(project["version"], "1.2.3");
  ASSERT_EQ(project["queues"].size(), 1u);
  const auto queue = project["queues"][0]["id"].get<int64_t>();
  const Json items =
      json_of_reply(browser.post(fmt::format("queues/{}/next", queue), {{"n", 2}}))["items"];
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1]["path"], "scratch/1.png");
  EXPECT_EQ(items[1]["proposals"].size(), 2u);
  EXPECT_EQ(items[1]["version"], 0);
  store_->write([](Database& db) { db.run("UPDATE image SET width = NULL WHERE id = 1"); });
  EXPECT_EQ(json_of_reply(browser.get("images/1"))["width"], 1300) << "its file knows";

  const Json ask = {{"client_seq", 1},
                    {"image", 2},
                    {"base_version", 0},
                    {"action", "verdict"},
                    {"after", {{"verdict", "OK"}}},
                    {"ms_active", 900},
                    {"ms_total", 1200}};
  Json answers = json_of_reply(browser.post("events", Json::array({ask})));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0]["version"], 1);
  answers = json_of_reply(browser.post("events", Json::array({ask})));
  EXPECT_EQ(answers[0]["version"], 1) << "the same event, sent again";
  Json other = ask;
  other["client_seq"] = 2;
  other["after"] = {{"verdict", "NG"}};
  answers = json_of_reply(browser.post("events", Json::array({other})));
  EXPECT_EQ(answers[0]["conflict"], true);
  EXPECT_EQ(answers[0]["state"]["verdict"], "OK");
  EXPECT_EQ(json_of_reply(browser.get("images/2"))["status"], "done");
  EXPECT_EQ(json_of_reply(browser.get("images/2/history"))["events"].size(), 1u);
  EXPECT_EQ(json_of_reply(browser.get("queues"))["queues"][0]["open"], 5);

  EXPECT_EQ(json_of_reply(browser.post("undo", {{"client_seq", 3}}))["images"][0]["status"],
            "open");
  EXPECT_EQ(json_of_reply(browser.post("redo", {{"client_seq", 4}}))["images"][0]["verdict"], "OK");
}

TEST_F(ApiTest, ImagesAreListedByWhatWasDecidedAndScored) {
  Browser browser = admin();
  const auto listed = [&](const std::string& ask) {
    return json_of_reply(browser.get("images?" + ask));
  };
  Json all = listed("n=4");
  EXPECT_EQ(all["total"], 6);
  EXPECT_EQ(all["images"].size(), 4u);
  EXPECT_EQ(all["next"], 4);
  EXPECT_EQ(all["images"][1]["path"], "scratch/1.png");
  EXPECT_EQ(all["images"][1]["status"], "open");
  all = listed("n=4&after=4");
  EXPECT_EQ(all["images"].size(), 2u);
  EXPECT_TRUE(all["next"].is_null());

  browser.post("events", Json::array({{{"client_seq", 1},
                                       {"image", 2},
                                       {"base_version", 0},
                                       {"action", "verdict"},
                                       {"after", {{"verdict", "OK"}}}}}));
  EXPECT_EQ(listed("verdict=OK")["total"], 1);
  EXPECT_EQ(listed("status=open")["total"], 5);
  EXPECT_EQ(listed("status=done&verdict=NG")["total"], 0);
  EXPECT_EQ(listed("status=%27%20OR%201%3D1")["total"], 0) << "bound, never written into SQL";

  store_->write([](Database& db) {
    db.run("DELETE FROM image_score");
    for (const int image : {1, 2, 3})
      db.run(
          "INSERT INTO image_score(image_id, run_id, verdict, probability) SELECT ?, min(id), "
          "'NG', ? FROM run",
          image, image * .25);
  });
  EXPECT_EQ(listed("order=-score&max=.6")["images"][0]["id"], 2);
  EXPECT_EQ(listed("min=.3")["total"], 2);
  Browser reviewer = add(browser, "anna", "reviewer");
  EXPECT_EQ(reviewer.get("images").status, 403) << "a blind reader would see the first answer";
}

TEST_F(ApiTest, BulkIsShownCountedAndUndoneAsOne) {
  Browser browser = admin();
  const Json preview =
      json_of_reply(browser.post("bulk/preview", {{"action", "accept"}, {"class", "scratch"}}));
  EXPECT_EQ(preview["count"], 4);
  EXPECT_EQ(preview["samples"].size(), 4u);
  Json apply = {{"client_seq", 1}, {"token", preview["token"]}, {"count", 3}};
  EXPECT_EQ(browser.post("bulk/apply", apply).status, 409);
  apply["count"] = 4;
  EXPECT_EQ(json_of_reply(browser.post("bulk/apply", apply))["images"], 4);
  apply["client_seq"] = 2;
  EXPECT_EQ(browser.post("bulk/apply", apply).status, 409) << "the set has changed";
  EXPECT_EQ(json_of_reply(browser.post("undo", {{"client_seq", 3}}))["images"].size(), 4u);
}

TEST_F(ApiTest, PixelsComeAsTilesThatAreExact) {
  Browser browser = admin();
  EXPECT_EQ(browser.get("images/1/thumb?s=128").status, 200);
  const http::Reply tile = browser.get("images/1/tile/0/2/1");
  ASSERT_EQ(tile.status, 200);
  const auto* bytes = reinterpret_cast<const uint8_t*>(tile.body.data());
  const auto picture = edge::decode_image({bytes, tile.body.size()}, {.channels = 1});
  ASSERT_TRUE(picture.ok());
  EXPECT_EQ(picture->width, 1300 - 1024);
  EXPECT_EQ(picture->height, 700 - 512);
  EXPECT_EQ(picture->at(3, 5), static_cast<uint8_t>((int64_t{517} * 1300 + 1027) * 7 / 3));
  EXPECT_EQ(browser.get("images/1/tile/2/0/0").status, 200);
  for (const char* none : {"images/1/tile/0/3/0", "images/1/tile/0/0/2", "images/1/tile/9/0/0",
                           "images/1/tile/0/-1/0", "images/99/tile/0/0/0"})
    EXPECT_EQ(browser.get(none).status, 404) << none;
  EXPECT_EQ(browser.get("images/2/tile/0/0/0").status, 404) << "its file is not there";
  EXPECT_THAT(*browser.get("images/1/original").field("Content-Disposition"),
              HasSubstr("attachment"));
}

TEST_F(ApiTest, HeatComesFromTheRunAndNeverToABlindReading) {
  Browser browser = admin();
  EXPECT_EQ(browser.get("images/1/heat").status, 404) << "the run has no maps";
  test::write_heat_run(folder_.path / "run", {"OK/0.png", "scratch/1.png"});
  const http::Reply heat = browser.get("images/2/heat");
  ASSERT_EQ(heat.status, 200);
  EXPECT_EQ(*heat.field("Content-Type"), "image/png");
  const auto* bytes = reinterpret_cast<const uint8_t*>(heat.body.data());
  const auto picture = edge::decode_image({bytes, heat.body.size()}, {.channels = 1});
  ASSERT_TRUE(picture.ok());
  EXPECT_GT(picture->at(24, 14), 200);
  EXPECT_EQ(browser.get("images/3/heat").status, 404) << "no record of the run";
  EXPECT_EQ(browser.get("images/2/heat?run=7").status, 404);
  EXPECT_EQ(Browser(server_->port()).get("images/2/heat").status, 401);

  add(browser, "anna", "reviewer");
  Moment moment = store_->moment();
  moment.blind_share = 1;
  const int64_t blind = store_->write([&](Database& db) {
    plant_blind(db, moment, 2);
    return *db.integer("SELECT max(id) FROM image");
  });
  EXPECT_EQ(json_of_reply(browser.get(fmt::format("images/{}", blind)))["purpose"], "blind");
  EXPECT_EQ(browser.get(fmt::format("images/{}/heat", blind)).status, 403);
}

TEST_F(ApiTest, ShapesAreCheckedAgainstTheImage) {
  Browser browser = admin();
  store_->write([](Database& db) { db.run("UPDATE image SET width = NULL, height = NULL"); });
  int seq = 0, version = 0;
  const auto add_shape = [&](const Json& after) {
    const Json answers =
        json_of_reply(browser.post("events", Json::array({{{"client_seq", ++seq},
                                                           {"image", 1},
                                                           {"base_version", version},
                                                           {"action", "add"},
                                                           {"after", after}}})));
    version += answers[0].contains("version");
    return answers[0].value("error", "");
  };
  EXPECT_EQ(add_shape({{"kind", "point"}, {"class", "dent"}, {"geometry", {1299.5, 699}}}), "");
  EXPECT_THAT(add_shape({{"kind", "point"}, {"class", "dent"}, {"geometry", {1300.5, 9}}}),
              HasSubstr("expected a place on the image of 1300 × 700"));
  const Json mask = {{"size", {700, 1300}}, {"counts", {10, 5, 700 * 1300 - 15}}};
  EXPECT_EQ(add_shape({{"kind", "mask"}, {"class", "dent"}, {"geometry", mask}}), "");
  const Json small = {{"size", {7, 13}}, {"counts", {10, 5, 7 * 13 - 15}}};
  EXPECT_THAT(add_shape({{"kind", "mask"}, {"class", "dent"}, {"geometry", small}}),
              HasSubstr("expected [700, 1300]"));
  EXPECT_EQ(json_of_reply(browser.get("images/1"))["items"].size(), 2u);
  EXPECT_EQ(
      json_of_reply(browser.post("undo", {{"client_seq", ++seq}}))["images"][0]["items"].size(),
      1u);
}

TEST_F(ApiTest, NoPathLeadsOutOfTheFolderOfTheImages) {
  namespace fs = std::filesystem;
  write_text_atomic(folder_.path / "secret.png", "secret");
  fs::create_symlink(folder_.path / "secret.png", folder_.path / "set/link.png");
  const std::string root = folder_.path / "set";
  EXPECT_TRUE(read_beneath({root, "OK/0.png"}).ok());
  for (const char* path : {"../secret.png", "OK/../../secret.png", "link.png", "/etc/passwd", "OK"})
    EXPECT_FALSE(read_beneath({root, path}).ok()) << path;
}

TEST_F(ApiTest, StrangersAndPagesFromElsewhereGetNothing) {
  Browser browser = admin();
  Browser stranger(server_->port());
  for (const char* path : {"me", "project", "images/1", "images/1/original", "images/1/tile/0/0/0"})
    EXPECT_EQ(stranger.get(path).status, 401) << path;
  EXPECT_EQ(stranger.post("events", Json::array()).status, 401);
  stranger.cookie = "paucal_session=0123456789abcdef";
  EXPECT_EQ(stranger.get("me").status, 401);

  const std::vector<http::Field> good = {{"Cookie", browser.cookie},
                                         {"X-Paucal-CSRF", browser.csrf},
                                         {"Content-Type", "application/json"}};
  const auto with = [&](const char* name, const char* value) {
    std::vector<http::Field> fields = good;
    std::erase_if(fields, [&](const http::Field& field) { return field.name == name; });
    if (value) fields.push_back({name, value});
    return browser.plain("POST", "events", fields, "[]").status;
  };
  EXPECT_EQ(with("X-Other", "1"), 200);
  EXPECT_EQ(with("X-Paucal-CSRF", nullptr), 403);
  EXPECT_EQ(with("X-Paucal-CSRF", "guess"), 403);
  EXPECT_EQ(with("Content-Type", "text/plain"), 415);
  EXPECT_EQ(with("Sec-Fetch-Site", "cross-site"), 403);
  EXPECT_EQ(with("Sec-Fetch-Site", "same-site"), 403);
  EXPECT_EQ(with("Origin", "http://evil.example"), 403);
  EXPECT_EQ(with("Origin", "null"), 403);

  const http::Reply reply = browser.get("me");
  EXPECT_EQ(*reply.field("Content-Security-Policy"), kContentSecurityPolicy);
  EXPECT_EQ(*reply.field("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(*reply.field("Cache-Control"), "no-store");
  EXPECT_EQ(browser.post("logout", Json::object()).status, 200);
  EXPECT_EQ(browser.get("me").status, 401);
}

TEST_F(ApiTest, RolesBound) {
  Browser head = admin();
  Browser viewer = add(head, "vera", "viewer"), reviewer = add(head, "rita", "reviewer");
  const Json ask = {{"client_seq", 1}, {"image", 1}, {"base_version", 0}, {"action", "done"}};
  EXPECT_EQ(json_of_reply(viewer.post("events", ask))[0]["status"], 403);
  EXPECT_EQ(viewer.post("queues/1/next", Json::object()).status, 403);
  EXPECT_EQ(json_of_reply(reviewer.post("events", ask))[0]["version"], 1);
  EXPECT_EQ(reviewer.get("users").status, 403);
  EXPECT_EQ(reviewer.get("disputes").status, 403);
  EXPECT_EQ(head.get("disputes").status, 200);
  EXPECT_EQ(json_of_reply(head.get("reviewers"))["reviewers"].size(), 3u);
  EXPECT_EQ(json_of_reply(reviewer.get("reviewers"))["reviewers"].size(), 1u);
}

TEST_F(ApiTest, AdminsOpenAuditsAndReadersLearnNothingOfThem) {
  Browser head = admin();
  Browser viewer = add(head, "vera", "viewer"), reviewer = add(head, "rita", "reviewer"),
          arbiter = add(head, "arno", "arbiter");
  for (int image = 1; image <= 6; ++image)
    ASSERT_EQ(json_of_reply(head.post("events", {{"client_seq", image},
                                                 {"image", image},
                                                 {"base_version", 0},
                                                 {"action", "done"}}))[0]["version"],
              1);
  for (Browser* other : {&viewer, &reviewer, &arbiter})
    EXPECT_EQ(other->post("audits", Json::object()).status, 403);
  EXPECT_EQ(head.post("audits", {{"precision", 2}}).status, 400);
  EXPECT_EQ(head.post("audits", {{"colour", "red"}}).status, 400);
  EXPECT_EQ(head.post("audits", {{"of", "images"}}).status, 409) << "nobody left any open";
  const http::Reply opened = head.post("audits", {{"name", "week 48"}, {"precision", .9}});
  ASSERT_EQ(opened.status, 200) << opened.body;
  const Json audit = json_of_reply(opened);
  EXPECT_EQ(audit["population"], 6);
  EXPECT_EQ(audit["state"], "open");
  EXPECT_EQ(head.post("audits", {{"name", "week 48"}}).status, 409);

  const std::string queue = fmt::format("queues/{}/next", audit["queue"].get<int64_t>());
  const Json items = json_of_reply(reviewer.post(queue, {{"n", 8}}))["items"];
  ASSERT_EQ(items.size(), 6u);
  for (const Json& item : items) EXPECT_EQ(item["purpose"], "blind");
  EXPECT_EQ(json_of_reply(head.post(queue, {{"n", 8}}))["items"].size(), 0u) << "own labels";
  EXPECT_EQ(json_of_reply(reviewer.post("events", {{"client_seq", 1},
                                                   {"image", items[0]["id"]},
                                                   {"base_version", 0},
                                                   {"action", "unsure"}}))[0]["version"],
            1);
  for (Browser* other : {&viewer, &arbiter, &head}) {
    EXPECT_EQ(json_of_reply(other->get("audits/1"))["unsure"], 1);
    EXPECT_EQ(json_of_reply(other->get("audits"))["audits"].size(), 1u);
  }
  EXPECT_EQ(reviewer.get("audits/1").status, 403);
  EXPECT_EQ(json_of_reply(reviewer.get("audits"))["audits"].size(), 0u);
  EXPECT_EQ(head.get("audits/7").status, 404);
  EXPECT_EQ(reviewer.post("audits/1/close", Json::object()).status, 403);
  EXPECT_EQ(json_of_reply(head.post("audits/1/close", Json::object()))["verdict"], "undecided");
  EXPECT_EQ(head.post("audits/1/close", Json::object()).status, 409);
  EXPECT_EQ(json_of_reply(reviewer.get("audits/1"))["state"], "closed");
  EXPECT_TRUE(check(*store_, /*rebuild=*/true).ok());
}

TEST_F(ApiTest, ManyWrongPasswordsMakeWait) {
  Browser head = admin();
  Browser guesser(server_->port());
  int status = 0;
  for (int i = 0; i < 12 && status != 429; ++i)
    status = guesser.enter("login", {{"name", "head"}, {"password", "wrong password"}});
  EXPECT_EQ(status, 429);
}

TEST_F(ApiTest, WhatIsNoRequestIsRefusedByName) {
  Browser browser = admin();
  EXPECT_EQ(browser.send("POST", "events", "{").status, 400);
  EXPECT_EQ(browser.send("POST", "events", "7").status, 400);
  EXPECT_EQ(browser.send("POST", "undo", "[]").status, 400);
  EXPECT_EQ(browser.get("nothing").status, 404);
  EXPECT_EQ(browser.get("events").status, 405);
  EXPECT_EQ(browser.post("queues/77/next", {{"n", 1}}).status, 404);
  EXPECT_EQ(browser.post("queues/1/next", {{"n", 9}}).status, 400);
  const Json answers = json_of_reply(
      browser.post("events", Json::array({7, Json::object(), {{"client_seq", 1}, {"image", 1}}})));
  ASSERT_EQ(answers.size(), 3u);
  for (const Json& answer : answers) EXPECT_EQ(answer["status"], 400);
  EXPECT_EQ(browser.post("events", Json(std::vector<int>(101))).status, 400);
}

}  // namespace
}  // namespace paucal::review
