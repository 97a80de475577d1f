#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "line/sender.h"

namespace paucal::line {
namespace {

using std::chrono::milliseconds;

size_t ignore_body(const char*, size_t, size_t count, void*) {
  return count;
}

class Webhook final : public Sender {
 public:
  Webhook(std::string address, Outbox outbox)
      : Sender(std::move(outbox)), address_(std::move(address)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    begin();
  }
  ~Webhook() override { end(); }

 private:
  enum class Answer { kArrived, kUnwanted, kAgain };

  void run() override;
  Answer post(const Letter& letter, std::string& problem);
  static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Webhook*>(self)->stopping() ? 1 : 0;  // 1 ends the transfer
  }
  void say(const std::string& problem);

  std::string address_;
  std::unique_ptr<CURL, void (*)(CURL*)> curl_{curl_easy_init(), curl_easy_cleanup};
  std::string problem_;  // said already
};

void Webhook::run() {
  Backoff backoff(milliseconds(200), milliseconds(10'000));
  while (!stopping() && !finished()) {
    const auto letter = outbox_.next(newest());
    if (!letter) {
      wake_.wait(1000);
      continue;
    }
    std::string problem;
    switch (post(*letter, problem)) {
      case Answer::kArrived:
        say("");
        outbox_.acknowledge(*letter);
        backoff.reset();
        break;
      case Answer::kUnwanted:
        log::warn("[webhook] '{}': part {}: {}; left out", address_, letter->part, problem);
        outbox_.acknowledge(*letter);
        break;
      case Answer::kAgain:
        say(problem);
        outbox_.rewind();
        pause(backoff.next());
    }
  }
}

Webhook::Answer Webhook::post(const Letter& letter, std::string& problem) {
  CURL* curl = curl_.get();
  if (curl == nullptr) return problem = "no memory", Answer::kAgain;
  curl_easy_reset(curl);
  const std::string key = "Idempotency-Key: " + Hasher().add(letter.text).hex();
  curl_slist* fields = curl_slist_append(nullptr, "Content-Type: application/json");
  fields = curl_slist_append(fields, key.c_str());
  fields = curl_slist_append(fields, "Expect:");
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> owner(fields, curl_slist_free_all);
  curl_easy_setopt(curl, CURLOPT_URL, address_.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, letter.text.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(letter.text.size()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 15'000L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_body);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return problem = curl_easy_strerror(code), Answer::kAgain;
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return Answer::kArrived;
  problem = fmt::format("status {}", status);
  return status == 400 || status == 413 || status == 422 ? Answer::kUnwanted : Answer::kAgain;
}

// Once a problem, not once an attempt.
void Webhook::say(const std::string& problem) {
  if (problem == problem_) return;
  if (problem.empty())
    log::info("[webhook] '{}': answers", address_);
  else
    log::warn("[webhook] '{}': {}; lines wait in the results file", address_, problem);
  problem_ = problem;
}

}  // namespace

std::unique_ptr<Publisher> make_webhook(std::string address, Outbox outbox) {
  return std::make_unique<Webhook>(std::move(address), std::move(outbox));
}

}  // namespace paucal::line
