// The server's connections, and on whom to hang up when there are too many or one takes too long.
//
//   ConnectionTable::Entry* one = table.add(fd, "192.0.2.7", now);
//   table.answers(*one, now);                        // its request is complete
//   if (table.size() >= limit) if (auto* victim = table.victim()) shutdown(victim->fd, SHUT_RDWR);
//
// Closing the door at a limit would let whoever holds the places keep everybody else out. So the
// door stays open and the one that has kept us waiting the longest goes, of the address that holds
// the most: who asks at once is answered, however many others only sit there. Not thread-safe.
#pragma once

#include <list>
#include <map>
#include <string>
#include <vector>

#include "metrics/units.h"

namespace penstock {

class ConnectionTable {
 public:
  enum class State {
    kWaiting,    ///< for a request, or for the rest of one
    kPrepared,   ///< its answer is not given yet: no fault of the client's
    kAnswering,  ///< the client has an answer to take
    kClosing     ///< hung up on
  };
  struct Entry {
    int fd = -1;
    std::string peer;
    State state = State::kWaiting;
    Duration since{};  ///< in that state
    std::list<Entry>::iterator place{};
  };

  Entry* add(int fd, std::string peer, Duration now);
  void remove(Entry* entry);
  void enter(Entry& entry, State state, Duration now);

  std::size_t size() const { return entries_.size(); }
  /// Those not hung up on yet.
  std::size_t open() const { return open_; }

  /// Whom to hang up on for a place: of those that are waited for the longest one, first of the
  /// address that holds the most places; where nobody is waited for, who takes an answer longest.
  /// nullptr: nobody. The caller hangs up and says so by enter().
  Entry* victim();
  /// Those that are longer in `state` than `limit`.
  std::vector<Entry*> overdue(State state, Duration now, Duration limit);

 private:
  void count(const std::string& peer, int change);

  std::list<Entry> entries_;  ///< by `since`, the longest in front
  std::map<std::string, int> by_peer_;
  std::size_t open_ = 0;
};

}  // namespace penstock
