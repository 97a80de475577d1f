#include "review/import_run.h"

#include "base/error.h"
#include "base/json_text.h"
#include "labels/class_key.h"
#include "review/check.h"
#include "review/honeypots.h"

namespace paucal::review {
namespace {

std::string text_of(const Json& json) {
  return json.is_null() ? std::string() : dump_json(json);
}

std::optional<std::string> some(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

template <class T>
std::optional<T> some(T value) {
  return value == T{} ? std::nullopt : std::optional(value);
}

// Puts a run into the store, in the transaction of a writer.
class Importer {
 public:
  Importer(Database& database, const RunImages& run, const Moment& moment)
      : database_(database), run_(run), moment_(moment), now_(moment.now) {}

  Imported import() {
    root_ = root_id();
    for (const Class& known : load_classes(database_)) classes_.push_back(known);
    for (const Class& wanted : run_.classes) class_id(wanted.name, wanted.is_ok);
    database_.run("INSERT INTO run(name, folder, kind, at) VALUES(?,?,?,?)",
                  run_.folder.filename().string(), run_.folder.string(), run_.kind, now_);
    imported_.run = database_.last_id();
    add_queue();
    seed_ = database_.text("SELECT value FROM meta WHERE key = 'seed'").value_or("");
    last_image_ = database_.integer("SELECT max(id) FROM image").value_or(0);
    last_proposal_ = database_.integer("SELECT max(id) FROM proposal").value_or(0);
    for (size_t i = 0; i < run_.images.size(); ++i)
      add(run_.images[i], run_.images[i].rank.value_or(static_cast<int64_t>(i)));
    database_.run(
        "UPDATE queue SET total = (SELECT count(*) FROM queue_item WHERE queue_id = queue.id), "
        "remaining = (SELECT count(*) FROM queue_item WHERE queue_id = queue.id AND done_at IS "
        "NULL) "
        "WHERE id = ?",
        queue_);
    add_event();
    return imported_;
  }

 private:
  int64_t root_id() {
    const std::string folder = run_.root.string();
    database_.run("INSERT OR IGNORE INTO root(folder) VALUES(?)", folder);
    return *database_.integer("SELECT id FROM root WHERE folder = ?", folder);
  }

  int64_t class_id(const std::string& name, bool is_ok) {
    const std::string key = labels::class_key(name);
    for (const Class& known : classes_)
      if (labels::class_key(known.name) == key) return known.id;
    const size_t number = classes_.size() + 1;
    const auto digit = number <= 10 ? std::optional(std::to_string(number % 10)) : std::nullopt;
    database_.run("INSERT INTO class(name, is_ok, key) VALUES(?,?,?)", name, is_ok, digit);
    classes_.push_back({database_.last_id(), name, is_ok});
    return classes_.back().id;
  }
  int64_t class_id(const std::string& name) { return class_id(name, labels::means_ok(name)); }

  std::optional<int64_t> queue_named(const std::string& name) {
    return database_.integer("SELECT id FROM queue WHERE name = ?", name);
  }

  void add_queue() {
    std::string name = run_.queue;
    if (const auto known = name.empty() ? std::nullopt : queue_named(name)) {
      queue_ = *known;
      return;
    }
    if (name.empty()) name = run_.folder.filename().string();
    if (name.empty()) name = "all";
    while (queue_named(name)) name += "+";
    database_.run("INSERT INTO queue(name, purpose, total, remaining) VALUES(?,'review',0,0)",
                  name);
    queue_ = database_.last_id();
  }

  int64_t image_id(const RunImage& image) {
    if (const auto known = database_.integer(
            "SELECT id FROM image WHERE root_id = ? AND path = ? AND shadow_of IS NULL", root_,
            image.path))
      return *known;
    if (++last_image_; moment_.honeypot_share > 0 && is_kept_free(seed_, last_image_)) {
      ++last_image_;
      ++last_proposal_;
    }
    database_.run(
        "INSERT INTO image(id, root_id, path, width, height, class_id, split, part, extra, "
        "added_at) VALUES(?,?,?,?,?,?,?,?,?,?)",
        last_image_, root_, image.path, some(image.width), some(image.height),
        image.label.empty() ? std::nullopt : std::optional(class_id(image.label)),
        some(image.split), some(image.part), some(text_of(image.extra)), now_);
    ++imported_.new_images;
    return last_image_;
  }

  void add(const RunImage& image, int64_t rank) {
    const int64_t id = image_id(image);
    database_.run(
        "INSERT OR IGNORE INTO image_score(image_id, run_id, verdict, probability, extra) "
        "VALUES(?,?,?,?,NULL)",
        id, imported_.run, some(image.verdict), image.probability);
    if (database_.changes() == 0) return;  // named twice
    ++imported_.images;
    if (!database_.integer("SELECT 1 FROM image_state WHERE image_id = ? AND status <> 'open'", id))
      database_.run("INSERT OR IGNORE INTO queue_item(queue_id, image_id, rank) VALUES(?,?,?)",
                    queue_, id, rank);
    for (const RunImage::Box& box : image.boxes) {
      database_.run(
          "INSERT INTO proposal(id, image_id, run_id, class_id, kind, geometry, score, evidence, "
          "accepted_unseen, extra) VALUES(?,?,?,?,'box',?,?,?,?,?)",
          ++last_proposal_, id, imported_.run, class_id(box.label), dump_json(box.geometry),
          box.score, box.evidence, box.accepted_unseen, some(text_of(box.extra)));
      ++imported_.proposals;
    }
  }

  void add_event() {
    Event event = store_event(database_, moment_, "import");
    event.asked = dump_json({{"kind", run_.kind}, {"folder", run_.folder.string()}});
    event.after = dump_json({{"run", imported_.run},
                             {"images", imported_.images},
                             {"proposals", imported_.proposals},
                             {"digest", import_digest(database_, imported_.run)}});
    record(database_, event);
  }

  Database& database_;
  const RunImages& run_;
  const Moment moment_;
  int64_t now_;
  std::string seed_;
  int64_t root_ = 0, queue_ = 0, last_image_ = 0, last_proposal_ = 0;
  std::vector<Class> classes_;
  Imported imported_;
};

}  // namespace

Imported import_run(Database& database, const RunImages& run, const Moment& moment) {
  return Importer(database, run, moment).import();
}

Imported import_run(Store& store, const RunImages& run) {
  return store.write([&](Database& database) { return import_run(database, run, store.moment()); });
}

}  // namespace paucal::review
