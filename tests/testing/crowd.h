// A crowd of slow and hostile HTTP clients, each in its own way, for as long as it lives.
//
//   Crowd crowd(address, 200, all_manners());
//   …                                          // measure
//   crowd.tally().closed                       // how often the server hung up
//
// Whoever is hung up on comes again after a pause. All of them are served by one thread of their
// own, twenty times a second; nothing is random but the bytes of garbage, which have a seed.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "metrics/units.h"

namespace penstock::testing {

enum class Manner {
  kSilent,       ///< connects and says nothing
  kHalfOpen,     ///< stops in the middle of a header
  kDripsHeader,  ///< a byte a second of a request that never ends
  kDripsBody,
  kHugeHeader,  ///< as many headers as are taken
  kHugeBody,    ///< a gigabyte is announced, and sent as fast as it is taken
  kGarbage,
  kNeverReads,  ///< asks for the largest page again and again and takes nothing
  kReadsSlowly,
  kAsksMuch,     ///< asks for explanations, which the loop has to make
  kGuessesToken  ///< tries to pause everything
};
const std::vector<Manner>& all_manners();

class Crowd {
 public:
  struct Tally {
    std::uint64_t opened = 0, closed = 0, refused = 0, sent_bytes = 0;
    std::size_t most_open = 0;
  };

  /// `ids` are asked for by those who ask much.
  Crowd(const std::string& address, std::size_t clients, std::vector<Manner> manners,
        Duration pause = 500ms, std::vector<std::string> ids = {});
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  Tally tally() const;

 private:
  struct Client {
    Manner manner{};
    int fd = -1;
    int wait = 0;    ///< rounds until it connects again
    int rounds = 0;  ///< since it has connected
    bool greeted = false;
  };

  void run();
  void open(Client& client);
  void close(Client& client, bool refused);
  void act(Client& client);
  void say(Client& client, std::string_view text);
  std::string greeting(const Client& client) const;
  std::string_view more(Client& client);

  std::uint16_t port_ = 0;
  int pause_rounds_ = 1;
  std::vector<std::string> ids_;
  std::vector<Client> clients_;
  std::string filler_, garbage_;
  std::uint64_t asked_ = 0;
  std::size_t open_ = 0;
  std::atomic<std::uint64_t> opened_{0}, closed_{0}, refused_{0}, sent_{0};
  std::atomic<std::size_t> most_open_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// How long the server at `address` takes to answer `path` on a new connection; `limit` when it
/// does not.
Duration time_to_answer(const std::string& address, const std::string& path, Duration limit = 5s);

/// Lets this process open so many files, or as many as it may; says how many.
std::size_t allow_files(std::size_t wanted);

}  // namespace penstock::testing
