#include "daemon/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace penstock {

Mailbox::Mailbox() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Mailbox::~Mailbox() {
  if (fd_ >= 0) close(fd_);
}

bool Mailbox::post(Command command) {
  const std::lock_guard lock(mutex_);
  if (commands_.size() >= kRoom) return false;
  commands_.push_back(std::move(command));
  const std::uint64_t one = 1;
  // It can only fail when the counter is full, and then the descriptor is readable anyway.
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof one);
  return true;
}

std::vector<Command> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t was_read = read(fd_, &count, sizeof count);
  return std::exchange(commands_, {});
}

}  // namespace penstock
