#include "daemon/tls_files.h"

#include <fstream>
#include <iterator>
#include <utility>

namespace penstock {

Result<TlsFiles> read_tls_files(const std::string& cert_file, const std::string& key_file) {
  TlsFiles files;
  if (cert_file.empty() && key_file.empty()) return files;
  for (const auto& [path, pem] :
       {std::pair{&cert_file, &files.cert_pem}, std::pair{&key_file, &files.key_pem}}) {
    std::ifstream in(*path, std::ios::binary);
    pem->assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    if (!in || pem->empty()) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = "cannot read the TLS file \"" + *path + "\""};
    }
  }
  return files;
}

}  // namespace penstock
