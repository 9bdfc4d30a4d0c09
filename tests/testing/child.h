// A real child process of a test: the built daemon, the sandbox, Prometheus.
//
//   Child sandbox({testing::kBinary, "sandbox", "--listen", "127.0.0.1:0"}, folder +
//   "/sandbox.log"); std::string where = sandbox.await("listening ");     // the word behind it, ""
//   when it ended sandbox.signal(SIGKILL);  int status = sandbox.wait();
//
// Output goes to the log file. The destructor kills and reaps, so that nothing is left behind.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "metrics/units.h"

namespace penstock::testing {

class Child {
 public:
  Child(std::vector<std::string> argv, std::string log_file,
        std::vector<std::string> environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The word that follows `marker` in the log, once it stands there; "" when the child ended or
  /// `limit` passed first.
  std::string await(const std::string& marker, Duration limit = 20s);
  void signal(int number);
  bool running();
  int wait();  ///< reaps; the exit code, or 128 + signal
  pid_t pid() const { return pid_; }
  std::string log() const;

 private:
  pid_t pid_ = -1;
  int status_ = -1;
  std::string log_file_;
};

/// A command that was run to its end.
struct Finished {
  int code = 0;  ///< exit code, or 128 + signal
  std::string out;
  std::string err;
};
/// Runs it with nothing on stdin and no terminal; `environment` is added as "NAME=value".
Finished run_command(std::vector<std::string> argv, std::vector<std::string> environment = {});

/// A folder that is removed with everything in it. `in_memory` saves the wait for a disk where a
/// test writes often and its point is not the disk.
class TempFolder {
 public:
  explicit TempFolder(bool in_memory = false);
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }
  /// Writes a file below the folder and returns its path. Mode 0600 for secrets.
  std::string write(const std::string& name, const std::string& text, bool secret = false) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);

}  // namespace penstock::testing
