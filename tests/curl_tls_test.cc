// Both ends of TLS for real: our server with certificates made here, our client verifying them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "daemon/curl_http.h"
#include "daemon/server.h"
#include "tests/testing/child.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;
using testing::run_command;

/// A certificate authority of the test's own, which signs servers' certificates.
class Authority {
 public:
  explicit Authority(const testing::TempFolder& folder) : folder_(folder) {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", path("ca.key"), "-out", ca(), "-days", "2", "-subj", "/CN=test"});
  }

  std::string ca() const { return path("ca.pem"); }
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

  /// Makes NAME.pem and NAME.key for a subject such as "IP:127.0.0.1", for so many days.
  void sign(const std::string& name, const std::string& subject, const std::string& days) const {
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             path(name + ".key"), "-out", path(name + ".csr"), "-subj", "/CN=server"});
    const std::string extension = folder_.write(name + ".ext", "subjectAltName=" + subject + "\n");
    openssl({"x509", "-req", "-in", path(name + ".csr"), "-CA", ca(), "-CAkey", path("ca.key"),
             "-CAcreateserial", "-days", days, "-extfile", extension, "-out", path(name + ".pem")});
  }

 private:
  static void openssl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "/usr/bin/openssl");
    const testing::Finished done = run_command(std::move(arguments));
    ASSERT_EQ(done.code, 0) << done.err;
  }
  const testing::TempFolder& folder_;
};

TEST(CurlTls, OnlyACertificateThatProvesTheServerIsTakenForOne) {
  const testing::TempFolder folder(true);
  const Authority authority(folder);
  authority.sign("good", "IP:127.0.0.1", "2");
  authority.sign("other-name", "DNS:console.example", "2");
  authority.sign("expired", "IP:127.0.0.1", "-1");
  const struct {
    const char* certificate;
    std::string ca;  ///< "" = the system's, which does not know the test's authority
    bool accepted;
  } rows[] = {{"good", authority.ca(), true},
              {"other-name", authority.ca(), false},
              {"expired", authority.ca(), false},
              {"good", "", false}};
  for (const auto& row : rows) {
    std::atomic<int> handled = 0;
    const auto server =
        HttpServer::start({.tls_cert_file = authority.path(std::string(row.certificate) + ".pem"),
                           .tls_key_file = authority.path(std::string(row.certificate) + ".key")},
                          [&handled](const ServerRequest&) {
                            ++handled;
                            return ServerResponse{.content_type = "text/plain", .body = "secret"};
                          });
    ASSERT_TRUE(server) << server.error().message;
    HttpRequest request;
    request.method = "POST";
    request.url = "https://" + (*server)->address() + "/";
    request.tls.ca_file = row.ca;
    request.once = true;  // as a change of bandwidth is sent
    CurlHttp http;
    const HttpResponse response = http.fetch_all(std::span(&request, 1))[0];
    EXPECT_EQ(response.complete(), row.accepted) << row.certificate << ": " << response.failure;
    EXPECT_EQ(handled, row.accepted ? 1 : 0) << row.certificate;
    if (row.accepted) {
      EXPECT_EQ(response.body, "secret");
    } else {
      // An order behind it certainly did not reach anybody, so its outcome is not unknown.
      EXPECT_TRUE(response.never_sent) << row.certificate << ": " << response.failure;
      EXPECT_THAT(response.failure, HasSubstr("certificate")) << row.certificate;
    }
  }
}

}  // namespace
}  // namespace penstock
