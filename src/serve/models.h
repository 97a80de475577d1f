#pragma once
// The models by name: which version serves, which served before it and stays loaded for an instant
// return, which runs beside it; and how that changes. Thread-safe. Reading takes a lock for
// moments; changes take seconds and go one after another, but for a rollback to what is still
// loaded.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "serve/choices.h"
#include "serve/loaded.h"
#include "serve/models_folder.h"

namespace paucal::serve {

using Log = std::function<void(const std::string&)>;

class Models {
 public:
  // `dropped` is called after a model was taken out, with no lock held.
  Models(EngineOptions options, Log log, std::function<void()> dropped);

  // Loads everything. Fails where choices cannot be read, a name is none, or what a person named
  // (files, shadows) does not serve; models of the folder that do not are in index().
  std::optional<Failure> start();

  Answer<std::shared_ptr<const Loaded>> find(const std::string& name,
                                             std::optional<int> version) const;
  std::shared_ptr<const Loaded> beside(const std::string& name) const;  // may be null
  std::vector<std::string> names() const;
  std::vector<int> loaded_versions(const std::string& name) const;
  std::vector<ModelState> index() const;
  bool all_serve() const;  // those of the start, but for unloaded ones
  std::vector<ModelStatistics> statistics() const;

  // Loads higher versions, and files that changed, of which `counts` is true.
  void refresh(const std::function<bool(const FoundModel&)>& counts);
  // A version of its own is a choice: it serves until one above the highest of today comes.
  std::optional<Refused> load(const std::string& name, std::optional<int> version);
  std::optional<Refused> unload(const std::string& name);
  std::optional<Refused> rollback(const std::string& name);

 private:
  // A version whose file was seen.
  struct Known {
    FoundModel found;
    std::string reason;                        // why it is not loaded, or not again
    std::optional<FileStamp> loaded, refused;  // of the file when that happened
    bool loading = false;
  };
  struct Slot {
    std::shared_ptr<Loaded> serving, previous, beside;
    std::map<int, Known> versions;
    bool unloaded = false, required = false;
  };
  enum class Why { kNewer, kAsked };

  void look();  // what there is now into slots_
  std::vector<int> candidates(const std::string& name, const Slot& slot) const;
  std::optional<Failure> load_version(const std::string& name, int version, Why why);
  bool put(Slot& slot, const std::string& name, std::shared_ptr<Loaded> model, Why why);
  void put_previous(Slot& slot, std::shared_ptr<Loaded> model);
  std::optional<Failure> load_shadows();
  std::optional<int> version_before(const std::string& name, const Slot& slot) const;
  std::optional<Refused> remember(const std::string& name, const std::optional<Choice>& choice);
  void choose(const std::string& name, int version);
  std::shared_ptr<Counters> counters_of(const std::string& name, int version);
  bool is_shadow(const std::string& name, int version) const;

  const EngineOptions options_;
  const Log log_;
  const std::function<void()> dropped_;
  std::mutex changing_;  // held by one change; taken before mutex_
  mutable std::shared_mutex mutex_;
  std::mutex writing_;  // of the choices' file; taken before mutex_
  std::map<std::string, Slot> slots_;
  Choices choices_;
  std::map<std::pair<std::string, int>, std::shared_ptr<Counters>> counters_;
  std::set<std::string> told_;  // problems that the log has
};

}  // namespace paucal::serve
