#pragma once
// Work that waits: one FIFO a client, served round robin, an image at a time, so that a greedy
// client waits behind itself alone. Bounded by images; where it is full, the client that holds most
// of it gives way to one that holds less. Not thread-safe: its owner locks it. The time is an
// argument.

#include <algorithm>
#include <chrono>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace paucal::serve {

using Clock = std::chrono::steady_clock;

template <class Work>
class FairQueue {
 public:
  explicit FairQueue(int max_images) : max_images_(max_images) {}

  // The work's images wait together or not at all. `evicted` gets the works that gave way. False:
  // full, and nobody holds more of it than `client` would.
  bool push(const std::string& client, Work work, int images,
            std::optional<Clock::time_point> until, std::vector<Work>& evicted) {
    int own = 0;
    for (const Client& other : clients_)
      if (other.name == client) own = other.waiting;
    while (waiting_ + images > max_images_)
      if (!evict_from_longest(own + images, evicted)) return false;
    auto place = std::ranges::find(clients_, client, &Client::name);
    if (place == clients_.end()) place = clients_.insert(clients_.end(), Client{client, {}, 0});
    place->works.push_back({std::move(work), images, 0, until});
    place->waiting += images;
    waiting_ += images;
    return true;
  }

  // The next image to work on: its work, and its number among the work's images.
  std::optional<std::pair<Work, int>> pop() {
    if (clients_.empty()) return std::nullopt;
    Client& client = clients_.front();
    Entry& entry = client.works.front();
    const int image = entry.begun++;
    --client.waiting;
    --waiting_;
    std::pair<Work, int> next{entry.work, image};
    if (entry.begun == entry.images) client.works.pop_front();
    if (client.works.empty())
      clients_.pop_front();
    else
      clients_.splice(clients_.end(), clients_, clients_.begin());
    return next;
  }

  // Takes out the works that have not begun and that `unwanted(work, until)` names.
  template <class Unwanted>
  std::vector<Work> remove_if(const Unwanted& unwanted) {
    std::vector<Work> removed;
    for (auto client = clients_.begin(); client != clients_.end();) {
      auto& works = client->works;
      for (auto entry = works.begin(); entry != works.end();)
        if (entry->begun == 0 && unwanted(entry->work, entry->until))
          entry = take_out(*client, entry, removed);
        else
          ++entry;
      client = works.empty() ? clients_.erase(client) : std::next(client);
    }
    return removed;
  }

  // Those whose time has come.
  std::vector<Work> expire(Clock::time_point now) {
    return remove_if([&](const Work&, const auto& until) { return until && *until <= now; });
  }
  std::optional<Clock::time_point> first_expiry() const {
    std::optional<Clock::time_point> first;
    for (const Client& client : clients_)
      for (const Entry& entry : client.works)
        if (entry.begun == 0 && entry.until && (!first || *entry.until < *first))
          first = entry.until;
    return first;
  }

  int waiting() const { return waiting_; }  // images

 private:
  struct Entry {
    Work work;
    int images, begun;
    std::optional<Clock::time_point> until;
  };
  struct Client {
    std::string name;
    std::deque<Entry> works;
    int waiting;  // images
  };

  typename std::deque<Entry>::iterator take_out(Client& client,
                                                typename std::deque<Entry>::iterator entry,
                                                std::vector<Work>& removed) {
    client.waiting -= entry->images;
    waiting_ -= entry->images;
    removed.push_back(std::move(entry->work));
    return client.works.erase(entry);
  }

  // The newest work of the client with the most images, if they are more than `share`.
  bool evict_from_longest(int share, std::vector<Work>& evicted) {
    const auto longest = std::ranges::max_element(clients_, {}, &Client::waiting);
    if (longest == clients_.end() || longest->waiting <= share) return false;
    const auto newest = std::prev(longest->works.end());
    if (newest->begun > 0) return false;
    take_out(*longest, newest, evicted);
    if (longest->works.empty()) clients_.erase(longest);
    return true;
  }

  int max_images_;
  int waiting_ = 0;
  std::list<Client> clients_;  // each with work; the next one first
};

}  // namespace paucal::serve
