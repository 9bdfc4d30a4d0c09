// Mailbox: what the HTTP server's thread, or a signal, asks of the loop.
//
//   mailbox.post({Command::Kind::kReload, "api 127.0.0.1"});      // any thread
//   for (const Command& command : mailbox.take()) ...              // the loop, between two steps
//
// fd() becomes readable while something is in it, so that the loop's sleep ends. Bounded: a full
// mailbox refuses. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace penstock {

struct Command {
  enum class Kind {
    kReload,  ///< read the configuration, the policies and the secrets again
    kLook,    ///< a pause was given or lifted: look now, do not wait for the next tick
  };
  Kind kind = Kind::kLook;
  std::string by;  ///< who asked, as far as is known; for the log
};

class Mailbox {
 public:
  static constexpr std::size_t kRoom = 64;

  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// False when there is no room: the loop is not reading.
  bool post(Command command);
  /// All that is in it, oldest first; empties it.
  std::vector<Command> take();
  /// An eventfd; -1 when the system gave none (then a sleep only ends by itself).
  int fd() const { return fd_; }

 private:
  std::mutex mutex_;
  std::vector<Command> commands_;
  int fd_;
};

}  // namespace penstock
