#include "daemon/connection_table.h"

#include <algorithm>
#include <utility>

namespace penstock {

ConnectionTable::Entry* ConnectionTable::add(int fd, std::string peer, Duration now) {
  entries_.push_back({.fd = fd, .peer = std::move(peer), .since = now});
  Entry& entry = entries_.back();
  entry.place = std::prev(entries_.end());
  count(entry.peer, 1);
  return &entry;
}

void ConnectionTable::remove(Entry* entry) {
  if (entry->state != State::kClosing) count(entry->peer, -1);
  entries_.erase(entry->place);
}

void ConnectionTable::enter(Entry& entry, State state, Duration now) {
  // Who was hung up on stays so, whatever still arrives.
  if (entry.state == State::kClosing) return;
  if (state == State::kClosing) count(entry.peer, -1);
  entry.state = state;
  entry.since = now;
  entries_.splice(entries_.end(), entries_, entry.place);
}

ConnectionTable::Entry* ConnectionTable::victim() {
  int most = 0;
  for (const auto& [peer, places] : by_peer_) most = std::max(most, places);
  Entry* waiting = nullptr;
  Entry* answering = nullptr;
  for (Entry& entry : entries_) {
    if (entry.state == State::kWaiting) {
      if (by_peer_[entry.peer] == most) return &entry;
      if (waiting == nullptr) waiting = &entry;
    } else if (entry.state == State::kAnswering && answering == nullptr) {
      answering = &entry;
    }
  }
  return waiting != nullptr ? waiting : answering;
}

std::vector<ConnectionTable::Entry*> ConnectionTable::overdue(State state, Duration now,
                                                              Duration limit) {
  std::vector<Entry*> found;
  for (Entry& entry : entries_) {
    if (now - entry.since <= limit) break;
    if (entry.state == state) found.push_back(&entry);
  }
  return found;
}

void ConnectionTable::count(const std::string& peer, int change) {
  const auto place = by_peer_.try_emplace(peer, 0).first;
  place->second += change;
  open_ = change > 0 ? open_ + 1 : open_ - 1;
  if (place->second == 0) by_peer_.erase(place);
}

}  // namespace penstock
