// SimFolder: a folder of its own for one simulated world's configuration, removed with it.
//
//   SimFolder folder;
//   folder.write("penstock.toml", text);
//
// Under /dev/shm where there is one, else in the folder for temporary files. Its name shows up in
// nothing that is printed. One owner.
#pragma once

#include <string>

namespace penstock {

class SimFolder {
 public:
  SimFolder();
  ~SimFolder();
  SimFolder(const SimFolder&) = delete;
  SimFolder& operator=(const SimFolder&) = delete;

  const std::string& path() const { return path_; }
  void make(const std::string& name) const;
  void write(const std::string& name, const std::string& text) const;
  void write_secret(const std::string& name, const std::string& text) const;  ///< for its owner

 private:
  std::string path_;
};

}  // namespace penstock
