// What clients may take of the server, beyond what ServerOptions says: times, sizes, shares.
//
//   if (now - victim->since < kGrace) return;       // server.cc alone uses them
//
// Constants.
#pragma once

#include <cstddef>

#include "metrics/units.h"

namespace penstock {

/// Bodies up to this many times the limit are thrown away, so that the client can read the 413.
inline constexpr std::size_t kDrainFactor = 8;
/// A request must be complete, and an answer be taken, within this many idle timeouts: a client
/// that drips one byte now and then is never idle, yet holds a connection.
inline constexpr int kDeadlineFactor = 3;
/// Nobody is hung up on for want of a place before so long: whoever asks at once gets to ask. Newer
/// ones wait in the kernel's queue meanwhile.
inline constexpr Duration kGrace = 100ms;
/// … unless so many wait there that it may overflow: whom the kernel drops comes again only after
/// a second, and a probe may be among them.
inline constexpr Duration kGraceInCrowd = 10ms;
inline constexpr unsigned kCrowd = 256;
/// Places that are made free at a time: one in so many.
inline constexpr unsigned kRoomShare = 8;
/// Request line and headers of one request; more is a 413, 414 or 431.
inline constexpr std::size_t kConnectionMemory = 32U << 10;
/// Answers up to here are always given: health, errors, what a person asks for.
inline constexpr std::size_t kSmallAnswer = 16U << 10;
inline constexpr Duration kSweepInterval = 1s;
inline constexpr std::size_t kBlockBytes = 64U << 10;
/// What the handler may take of one pass; the rest is answered one a pass, so that what is urgent
/// waits for one large page at most.
inline constexpr Duration kHandlerTime = 20ms;

}  // namespace penstock
