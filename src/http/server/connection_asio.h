#pragma once
// One connection of the server, on Boost.Asio; server_asio.cpp alone includes it. A connection
// belongs to one loop, which one thread runs: so nothing of it is locked. Its socket is waited for,
// then read and written without blocking: an idle connection holds no buffer.

#include <array>
#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <set>

#include "http/server/coding.h"
#include "http/server/numeric_address.h"
#include "http/server/peer_counts.h"
#include "http/server/request_reader.h"
#include "http/server/responder.h"
#include "http/server/response_text.h"

namespace paucal::http::sockets {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Executor = asio::io_context::executor_type;
using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

constexpr std::size_t kPieceBytes = 64 << 10;      // read at once
constexpr std::size_t kPipelinedBytes = 64 << 10;  // kept of requests that have to wait
constexpr std::size_t kCompressFrom = 1 << 10;
constexpr std::chrono::milliseconds kLinger{1000};
constexpr Clock::time_point kNever = Clock::time_point::max();

class Connection;

struct Loop {
  asio::io_context context{1};
  asio::executor_work_guard<Executor> work{context.get_executor()};
  Timer timer{context};
  std::set<std::shared_ptr<Connection>> connections;
  char piece[kPieceBytes];
};

// What all loops share.
struct Core {
  ServerOptions options;
  Handler handler;
  Authorise authorise;
  std::atomic<std::uint64_t> requests{0}, refused{0}, bad{0};
  std::atomic<int> connections{0};
  std::atomic<std::size_t> body_bytes{0};
  std::atomic<bool> draining{false};
  PeerCounts peers;
  std::mutex mutex;  // for `ended` alone
  std::condition_variable ended;
  std::vector<std::unique_ptr<Loop>> loops;  // last: destroyed first
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(const std::shared_ptr<Core>& core, Loop& loop, Socket socket, std::string peer)
      : core_(*core),
        shared_core_(core),
        loop_(loop),
        socket_(std::move(socket)),
        peer_(std::move(peer)),
        reader_(make_request_reader(core_.options)) {
    connections_of_peer_ = core_.peers.add(peer_);
    ++core_.connections;
  }
  ~Connection() {
    release();
    core_.peers.remove(peer_);
    // The lock: whoever waits for the last one must not miss it between its look and its sleep.
    const std::lock_guard lock(core_.mutex);
    --core_.connections;
    core_.ended.notify_all();
  }

  void start() {
    error_code error;
    socket_.non_blocking(true, error);
    if (!error) socket_.set_option(Tcp::no_delay(true), error);
    if (error) return close();
    deadline_ = Clock::now() + core_.options.header_timeout;
    wait_readable();
  }

  void refuse() {
    start();
    write(error_response(503, "too many connections"), /*close=*/true);
  }

  int connections_of_peer() const { return connections_of_peer_; }  // when it was made

  void respond(Response response) {
    if (state_ == State::kHandling) write(std::move(response), /*close=*/false);
  }

  void tick(Clock::time_point now) {
    if (paused_ && !is_over_budget()) {
      paused_ = false;
      wait_readable();
    }
    if (now < deadline_) return;
    if (state_ != State::kReading || !reader_->has_begun()) return close();
    ++core_.bad;
    write(paused_ ? error_response(503, "too many bodies at once")
                  : error_response(408, "request: not complete in time"),
          /*close=*/true);
  }

  // Idle ones end soon: not at once, since a request may be on its way.
  void drain() {
    if (state_ == State::kReading && !reader_->has_begun())
      deadline_ = std::min(deadline_, Clock::now() + core_.options.drain_idle_timeout);
  }

  void close() {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    set_gone();
    error_code ignored;
    socket_.close(ignored);
    release();
    loop_.connections.erase(shared_from_this());
  }

 private:
  enum class State { kReading, kHandling, kWriting, kLingering, kClosed };

  void wait_readable() {
    if (waits_ || paused_ || ended_ || state_ == State::kClosed) return;
    waits_ = true;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& error) {
      self->waits_ = false;
      if (!error) self->guarded([&] { self->read(); });
    });
  }

  // Without memory the connection ends, and the others go on.
  template <class Step>
  void guarded(const Step& step) {
    try {
      step();
    } catch (...) {
      close();
    }
  }

  void read() {
    if (state_ == State::kClosed) return;
    error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(loop_.piece), error);
    if (error == asio::error::would_block || error == asio::error::interrupted)
      return wait_readable();
    if (error == asio::error::eof) return end_of_input();
    if (error) return close();
    if (state_ == State::kLingering) return wait_readable();  // thrown away
    reader_->add({loop_.piece, count});
    if (state_ == State::kReading) return process();
    if (reader_->waiting_bytes() < kPipelinedBytes) wait_readable();
  }

  // The client has closed, or it has closed its half and still reads.
  void end_of_input() {
    ended_ = true;
    set_gone();
    if (state_ == State::kReading) return process();  // what is complete is answered
    if (state_ == State::kLingering) close();
  }

  void set_gone() {
    if (const auto pending = pending_.lock()) pending->gone = true;
  }

  void process() {
    using Step = RequestReader::Step;
    while (state_ == State::kReading) {
      const Step step = reader_->advance();
      if (step == Step::kMore) return need_more();
      if (step == Step::kDone) return hand_over();
      if (step == Step::kHead) admit();
      if (step == Step::kRefused) {
        ++core_.bad;
        write(reader_->refusal(), /*close=*/true);
      }
    }
  }

  void need_more() {
    if (ended_) return close();
    const auto now = Clock::now();
    if (reader_->is_in_body()) {
      deadline_ = now + core_.options.body_idle_timeout;
      charge(reader_->body_bytes());
      paused_ = is_over_budget();
    } else if (reader_->has_begun() && !head_begun_) {
      head_begun_ = true;
      deadline_ = now + core_.options.header_timeout;
    }
    wait_readable();
  }

  void admit() {
    Request& head = reader_->head();
    head.peer = peer_;
    head.loopback = is_loopback(peer_);
    std::optional<Response> refusal;
    try {
      if (core_.authorise) refusal = core_.authorise(head);
    } catch (...) {
      refusal = error_response(500, "internal error");
    }
    keep_alive_ = reader_->keeps_alive();
    http10_ = reader_->is_http10();
    head_only_ = reader_->is_head_method();
    if (refusal) {
      const bool has_body = reader_->has_body();
      if (!has_body) reader_->take();
      return write(std::move(*refusal), /*close=*/has_body);
    }
    if (!reader_->wants_continue()) return;
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code error;
    if (socket_.write_some(asio::buffer(kContinue), error) != kContinue.size()) close();
  }

  void hand_over() {
    charge(reader_->body_bytes());
    Request request = reader_->take();
    const std::string* accepts = request.field("accept-encoding");
    const auto pending = std::make_shared<Responder::State>(
        sink(accepts ? accepted_coding(*accepts) : Coding::kIdentity));
    pending->gone = ended_;
    pending_ = pending;
    state_ = State::kHandling;
    deadline_ = kNever;  // the handler's own business
    ++core_.requests;
    // So that it is seen when the client goes away; but a client that sends and sends has to wait.
    if (reader_->waiting_bytes() < kPipelinedBytes) wait_readable();
    try {
      core_.handler(std::move(request), Responder(pending));
    } catch (...) {
      pending->answer(error_response(500, "internal error"));
    }
  }

  // From any thread, also when connection and server are no more.
  std::function<void(Response)> sink(Coding coding) {
    return [core = std::weak_ptr(shared_core_), connection = weak_from_this(),
            coding](Response response) {
      const auto alive = core.lock();
      auto self = connection.lock();
      if (!alive || !self) return;
      if (response.may_compress && coding != Coding::kIdentity &&
          response.body.size() >= kCompressFrom) {
        if (auto small = compressed(response.body, coding)) {
          response.body = std::move(*small);
          response.fields.push_back({"Content-Encoding", name_of(coding)});
        }
      }
      Loop& loop = self->loop_;
      asio::post(loop.context, [self = std::move(self), response = std::move(response)]() mutable {
        self->guarded([&] { self->respond(std::move(response)); });
      });
    };
  }

  void write(Response response, bool close) {
    if (state_ == State::kClosed) return;
    if (!is_writable(response)) response = error_response(500, "internal error");
    // While draining, requests that have come are answered, too.
    close_after_ = close || !keep_alive_ || (core_.draining && !reader_->has_begun());
    head_ =
        head_text(response, response.body.size(), {.close = close_after_, .keep_alive = http10_});
    body_ = head_only_ || response.status == 204 || response.status == 304
                ? std::string()
                : std::move(response.body);
    sent_ = 0;
    state_ = State::kWriting;
    flush();
  }

  void flush() {
    while (state_ == State::kWriting && sent_ < head_.size() + body_.size()) {
      const auto rest = [&](const std::string& text, std::size_t begin) {
        const std::size_t skip = std::min(sent_ - std::min(sent_, begin), text.size());
        return asio::const_buffer(text.data() + skip, text.size() - skip);
      };
      const std::array<asio::const_buffer, 2> buffers{rest(head_, 0), rest(body_, head_.size())};
      error_code error;
      sent_ += socket_.write_some(buffers, error);
      if (error == asio::error::would_block) return wait_writable();
      if (error) return close();
    }
    if (state_ == State::kWriting) written();
  }

  void wait_writable() {
    deadline_ = Clock::now() + core_.options.body_idle_timeout;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
      if (!error) self->guarded([&] { self->flush(); });
    });
  }

  void written() {
    head_ = {};
    body_ = {};
    release();
    if (close_after_) return linger();
    state_ = State::kReading;
    head_begun_ = false;
    keep_alive_ = true;
    head_only_ = false;
    const bool drains = core_.draining;
    deadline_ = Clock::now() +
                (drains ? core_.options.drain_idle_timeout : core_.options.keep_alive_timeout);
    if (!reader_->has_begun()) return need_more();
    // Not from here: a thousand pipelined requests would be a thousand calls deep.
    asio::post(loop_.context,
               [self = shared_from_this()] { self->guarded([&] { self->process(); }); });
  }

  // Closing a socket with unread bytes resets it, and the client might lose the answer.
  void linger() {
    if (ended_) return close();
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    state_ = State::kLingering;
    deadline_ = Clock::now() + kLinger;
    paused_ = false;
    wait_readable();
  }

  // One body alone always goes on: it has a limit of its own.
  bool is_over_budget() const {
    const std::size_t all = core_.body_bytes;
    return all > core_.options.max_bodies_in_flight_bytes && all != charged_;
  }
  void charge(std::size_t bytes) {
    core_.body_bytes += bytes - charged_;
    charged_ = bytes;
  }
  void release() { charge(0); }

  Core& core_;
  std::weak_ptr<Core> shared_core_;
  Loop& loop_;
  Socket socket_;
  std::string peer_;
  std::unique_ptr<RequestReader> reader_;
  std::weak_ptr<Responder::State> pending_;
  State state_ = State::kReading;
  Clock::time_point deadline_ = kNever;
  std::string head_, body_;
  std::size_t sent_ = 0, charged_ = 0;
  int connections_of_peer_ = 0;
  bool waits_ = false, paused_ = false, ended_ = false, head_begun_ = false;
  bool keep_alive_ = true, http10_ = false, head_only_ = false, close_after_ = false;
};

}  // namespace paucal::http::sockets
