#include "daemon/sim/nth_call.h"

namespace penstock {
namespace {

using What = NthFault::What;
constexpr Duration kWrongBy = std::chrono::hours{2};

}  // namespace

NthCall::NthCall(const NthFault& fault, SimNetwork& network, SimClock& clock, SimDisk& disk,
                 SimDaemon& daemon)
    : fault_(fault), clock_(clock) {
  network.fate = [this](const HttpRequest&) {
    if (!armed_) return SimNetwork::Fate::kPass;
    const std::uint64_t n = counts_.requests++;
    if (strikes(What::kRequestLost, n)) return SimNetwork::Fate::kLostBefore;
    return strikes(What::kAnswerLost, n) ? SimNetwork::Fate::kLostAfter : SimNetwork::Fate::kPass;
  };
  daemon.refuse_write = [this] {
    return armed_ && strikes(What::kJournalWrite, counts_.journal_writes++);
  };
  disk.first_fault = [this](DiskOp, const std::string&) {
    using Answer = SimDisk::Answer;
    if (!armed_) return Answer::kOk;
    const std::uint64_t n = counts_.file_operations++;
    if (strikes(What::kFileError, n)) return Answer::kIoError;
    if (strikes(What::kFileFull, n)) return Answer::kFull;
    return strikes(What::kFileReadOnly, n) ? Answer::kReadOnly : Answer::kOk;
  };
  clock.read = [this] { look_at_clock(); };
}

bool NthCall::strikes(What what, std::uint64_t n) const {
  return fault_.what == what && fault_.n == n;
}

void NthCall::look_at_clock() {
  if (wrong_) {
    clock_.set_skew(true_skew_);
    wrong_ = false;
  }
  if (!armed_) return;
  const std::uint64_t n = counts_.clock_reads++;
  const bool ahead = strikes(What::kClockAhead, n);
  if (!ahead && !strikes(What::kClockBack, n)) return;
  true_skew_ = clock_.skew();
  wrong_ = true;
  clock_.set_skew(true_skew_ + (ahead ? kWrongBy : -kWrongBy));
}

void NthCall::armed(bool armed) {
  armed_ = armed;
  if (armed || !wrong_) return;
  clock_.set_skew(true_skew_);
  wrong_ = false;
}

}  // namespace penstock
