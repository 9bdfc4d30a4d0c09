#include "tests/testing/crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "tests/testing/random.h"

namespace penstock::testing {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kRoundMs = 50;
constexpr int kRoundsPerSecond = 1000 / kRoundMs;
constexpr std::size_t kFillerBytes = 64U << 10;

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

/// Everything that is there to read is thrown away; false when the server has hung up.
bool drain(int fd, std::size_t most) {
  std::array<char, 16384> buffer{};
  for (std::size_t taken = 0; taken < most;) {
    const ssize_t got =
        recv(fd, buffer.data(), std::min(buffer.size(), most - taken), MSG_DONTWAIT);
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    taken += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

const std::vector<Manner>& all_manners() {
  static const std::vector<Manner> kAll{
      Manner::kSilent,      Manner::kHalfOpen, Manner::kDripsHeader, Manner::kDripsBody,
      Manner::kHugeHeader,  Manner::kHugeBody, Manner::kGarbage,     Manner::kNeverReads,
      Manner::kReadsSlowly, Manner::kAsksMuch, Manner::kGuessesToken};
  return kAll;
}

Crowd::Crowd(const std::string& address, std::size_t clients, std::vector<Manner> manners,
             Duration pause, std::vector<std::string> ids)
    : port_(port_of(address)),
      pause_rounds_(static_cast<int>(pause.count() / kRoundMs)),
      ids_(std::move(ids)),
      clients_(clients) {
  if (ids_.empty()) ids_.emplace_back("none");
  for (std::size_t i = 0; i < clients; ++i) clients_[i].manner = manners[i % manners.size()];
  while (filler_.size() < kFillerBytes) filler_ += "X-More: and more\r\n";
  Random random(4711);
  for (std::size_t i = 0; i < kFillerBytes; ++i) {
    garbage_ += static_cast<char>(static_cast<unsigned char>(random.below(256)));
  }
  thread_ = std::thread([this] { run(); });
}

Crowd::~Crowd() {
  stop_ = true;
  thread_.join();
}

Crowd::Tally Crowd::tally() const {
  return {.opened = opened_,
          .closed = closed_,
          .refused = refused_,
          .sent_bytes = sent_,
          .most_open = most_open_};
}

void Crowd::run() {
  std::vector<pollfd> ready(clients_.size());
  while (!stop_) {
    const auto round = Steady::now();
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      ready[i] = {.fd = clients_[i].fd, .events = POLLIN | POLLRDHUP, .revents = 0};
    }
    poll(ready.data(), ready.size(), 0);
    for (std::size_t i = 0; i < clients_.size() && !stop_; ++i) {
      Client& client = clients_[i];
      const short seen = ready[i].revents;
      if (client.fd < 0) {
        if (client.wait-- <= 0) open(client);
        continue;
      }
      const bool gone = (seen & (POLLERR | POLLHUP)) != 0;
      // Those who never read see the end by POLLRDHUP alone, and not before all was sent.
      const bool ended =
          client.manner == Manner::kNeverReads
              ? (seen & POLLRDHUP) != 0
              : (seen & (POLLIN | POLLRDHUP)) != 0 &&
                    !drain(client.fd, client.manner == Manner::kReadsSlowly ? 1 : 4 * kFillerBytes);
      if (gone || ended) {
        close(client, gone && client.rounds == 0);
      } else {
        act(client);
      }
    }
    const auto rest = round + std::chrono::milliseconds{kRoundMs} - Steady::now();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(rest).count();
    poll(nullptr, 0, static_cast<int>(std::max<std::int64_t>(ms, 1)));
  }
  for (Client& client : clients_) {
    if (client.fd >= 0) ::close(client.fd);
  }
}

void Crowd::open(Client& client) {
  client.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (client.fd < 0) {
    client.wait = pause_rounds_;
    ++refused_;
    return;
  }
  const sockaddr_in to = loopback(port_);
  const int done = connect(client.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  ++open_;
  if (done != 0 && errno != EINPROGRESS) {
    close(client, true);
    return;
  }
  client.rounds = 0;
  client.greeted = false;
  ++opened_;
  most_open_ = std::max<std::size_t>(most_open_, open_);
}

void Crowd::close(Client& client, bool refused) {
  ::close(client.fd);
  client.fd = -1;
  client.wait = pause_rounds_;
  --open_;
  ++(refused ? refused_ : closed_);
}

void Crowd::say(Client& client, std::string_view text) {
  const ssize_t sent = send(client.fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) sent_ += static_cast<std::uint64_t>(sent);
}

std::string Crowd::greeting(const Client& client) const {
  constexpr const char* kBegin = "POST /api/v1/pause HTTP/1.1\r\nHost: localhost\r\n";
  switch (client.manner) {
    case Manner::kSilent:
    case Manner::kAsksMuch:
      return "";
    case Manner::kHalfOpen:
      return "GET /api/v1/status HTTP/1.1\r\nHost: loc";
    case Manner::kDripsHeader:
    case Manner::kHugeHeader:
      return "GET / HTTP/1.1\r\nHost: localhost\r\n";
    case Manner::kDripsBody:
      return std::string(kBegin) + "Content-Length: 10000\r\n\r\n{";
    case Manner::kHugeBody:
      return std::string(kBegin) + "Content-Length: 1000000000\r\n\r\n{";
    case Manner::kGarbage:
      return garbage_.substr(0, 4096);
    case Manner::kNeverReads:
    case Manner::kReadsSlowly:
      return get("/metrics");
    case Manner::kGuessesToken:
      return std::string(kBegin) +
             "Authorization: Bearer 0123456789abcdef\r\nContent-Type: application/json\r\n"
             "Content-Length: 12\r\n\r\n{\"all\":true}";
  }
  return "";
}

std::string_view Crowd::more(Client& client) {
  const bool second = client.rounds % kRoundsPerSecond == 0;
  switch (client.manner) {
    case Manner::kSilent:
    case Manner::kHalfOpen:
    case Manner::kReadsSlowly:
    case Manner::kAsksMuch:
      return "";
    case Manner::kDripsHeader:
    case Manner::kDripsBody:
      return second ? "x" : "";
    case Manner::kHugeHeader:
    case Manner::kHugeBody:
      return filler_;
    case Manner::kGarbage:
      return second ? std::string_view(garbage_) : "";
    case Manner::kNeverReads:
      return second ? "GET /api/v1/instances?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n" : "";
    case Manner::kGuessesToken:
      return "";
  }
  return "";
}

void Crowd::act(Client& client) {
  ++client.rounds;
  if (!client.greeted) {
    client.greeted = true;
    say(client, greeting(client));
  } else if (client.manner == Manner::kAsksMuch || client.manner == Manner::kGuessesToken) {
    const bool due = client.rounds % (kRoundsPerSecond / 4) == 0;
    if (!due) return;
    say(client, client.manner == Manner::kGuessesToken
                    ? greeting(client)
                    : get("/api/v1/explain?instance_id=" + ids_[asked_++ % ids_.size()]));
  } else if (const std::string_view text = more(client); !text.empty()) {
    say(client, text);
  }
}

Duration time_to_answer(const std::string& address, const std::string& path, Duration limit) {
  const auto begun = Steady::now();
  const auto taken = [&] { return std::chrono::duration_cast<Duration>(Steady::now() - begun); };
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const sockaddr_in to = loopback(port_of(address));
  const int begun_to = connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  if (begun_to != 0 && errno != EINPROGRESS) {
    ::close(fd);
    return limit;
  }
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  bool asked = false;
  std::string answer;
  Duration result = limit;
  while (taken() < limit) {
    pollfd ready{fd, static_cast<short>(asked ? POLLIN : POLLOUT), 0};
    poll(&ready, 1, static_cast<int>((limit - taken()).count()));
    if (!asked) {
      asked = send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0;
      if (!asked && errno != EAGAIN) break;
      continue;
    }
    std::array<char, 4096> buffer{};
    const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
    if (got > 0) {
      answer.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EAGAIN) {
      if (answer.starts_with("HTTP/1.1 200")) result = taken();
      break;
    }
  }
  ::close(fd);
  return result;
}

std::size_t allow_files(std::size_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(wanted, before));
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  return limit.rlim_cur;
}

}  // namespace penstock::testing
