#include "tests/testing/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace penstock::testing {

Child::Child(std::vector<std::string> argv, std::string log_file,
             std::vector<std::string> environment)
    : log_file_(std::move(log_file)) {
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  assert(pid_ >= 0);
  if (pid_ > 0) return;
  const int log = open(log_file_.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(log, 1);
  dup2(log, 2);
  // A test's child starts with no blocked signal, whatever the test did.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (std::string& variable : environment) putenv(variable.data());
  execv(arguments[0], arguments.data());
  _exit(127);
}

Child::~Child() {
  if (running()) {
    signal(SIGKILL);
    wait();
  }
}

std::string Child::await(const std::string& marker, Duration limit) {
  for (Duration waited{}; waited < limit; waited += 10ms) {
    const std::string text = log();
    const auto at = text.find(marker);
    if (at != std::string::npos) {
      const auto from = at + marker.size();
      const auto to = text.find_first_of(" \n\"", from);
      // Only a whole word: the rest of the line may still be on its way.
      if (to != std::string::npos) return text.substr(from, to - from);
    }
    if (!running()) return "";
    poll(nullptr, 0, 10);
  }
  return "";
}

void Child::signal(int number) {
  if (pid_ > 0 && status_ < 0) kill(pid_, number);
}

bool Child::running() {
  if (pid_ <= 0 || status_ >= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == pid_) {
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return status_ < 0;
}

int Child::wait() {
  if (status_ >= 0) return status_;
  int status = 0;
  if (waitpid(pid_, &status, 0) == pid_) {
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return status_;
}

std::string Child::log() const {
  return read_file(log_file_);
}

Finished run_command(std::vector<std::string> argv, std::vector<std::string> environment) {
  const TempFolder folder(true);
  const std::string out = folder.path() + "/out";
  const std::string err = folder.path() + "/err";
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  assert(pid >= 0);
  if (pid == 0) {
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(open(out.c_str(), O_CREAT | O_WRONLY, 0600), 1);
    dup2(open(err.c_str(), O_CREAT | O_WRONLY, 0600), 2);
    for (std::string& variable : environment) putenv(variable.data());
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = read_file(out),
          .err = read_file(err)};
}

TempFolder::TempFolder(bool in_memory) {
  const char* base = std::getenv("TMPDIR");
  std::string where = base != nullptr ? base : "/tmp";
  if (in_memory && access("/dev/shm", W_OK) == 0) where = "/dev/shm";
  path_ = where + "/penstock-test.XXXXXX";
  const char* made = mkdtemp(path_.data());
  assert(made != nullptr);
  (void)made;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::write(const std::string& name, const std::string& text, bool secret) const {
  const std::string path = path_ + "/" + name;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
  if (secret) chmod(path.c_str(), 0600);
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace penstock::testing
