#include "daemon/sim/sim_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace penstock {
namespace {

namespace fs = std::filesystem;

}  // namespace

SimFolder::SimFolder() {
  std::error_code ignored;
  const bool memory = fs::is_directory("/dev/shm", ignored);
  path_ = (memory ? fs::path("/dev/shm") : fs::temp_directory_path(ignored)) / "penstock-XXXXXX";
  // Without a folder there is no world to simulate; main says so.
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make a folder: " + path_);
}

SimFolder::~SimFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void SimFolder::make(const std::string& name) const {
  fs::create_directory(path_ + "/" + name);
}

void SimFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ + "/" + name) << text;
}

void SimFolder::write_secret(const std::string& name, const std::string& text) const {
  write(name, text);
  fs::permissions(path_ + "/" + name, fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace penstock
