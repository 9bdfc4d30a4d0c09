// `penstock sandbox` as a process of its own, and the HTTP server with TLS.
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "daemon/curl_http.h"
#include "daemon/json.h"
#include "daemon/server.h"
#include "tests/testing/child.h"
#include "tests/testing/places.h"

namespace penstock {
namespace {

using testing::Child;
using testing::TempFolder;

HttpResponse fetch(const HttpRequest& request) {
  CurlHttp http;
  return http.fetch_all({&request, 1}).front();
}

std::string sandbox_log(const TempFolder& folder) {
  return folder.path() + "/sandbox.log";
}

std::vector<std::string> sandbox_command(const std::vector<std::string>& more = {}) {
  std::vector<std::string> argv{testing::kBinary, "sandbox", "--listen", "127.0.0.1:0"};
  argv.insert(argv.end(), more.begin(), more.end());
  return argv;
}

TEST(SlowSandbox, ServesAndStopsWhenAsked) {
  for (const int signal_number : {SIGTERM, SIGINT}) {
    const TempFolder folder;
    Child sandbox(sandbox_command({"--month", "4m"}), sandbox_log(folder));
    const std::string address = sandbox.await("listening ");
    ASSERT_NE(address, "") << sandbox.log();
    const HttpResponse list = fetch({.method = "POST",
                                     .url = "http://" + address + "/api/v2/bmc",
                                     .headers = {{"Authorization", "Bearer sandbox-token"},
                                                 {"X-ZC-Action", "DescribeInstances"}},
                                     .body = "{}"});
    EXPECT_EQ(list.status, 200) << list.failure << list.body;
    const Result<JsonDocument> json = JsonDocument::parse(list.body);
    ASSERT_TRUE(json);
    EXPECT_EQ(json->root()["response"]["totalCount"].integer(), 5);
    const HttpResponse index = fetch({.url = "http://" + address + "/"});
    EXPECT_NE(index.body.find("/sandbox/ledger"), std::string::npos);
    sandbox.signal(signal_number);
    EXPECT_EQ(sandbox.wait(), 0);
  }
}

TEST(SlowSandbox, PromtoolHasNothingToSayAboutItsMetrics) {
  const TempFolder folder;
  Child sandbox(sandbox_command({"--instances", "30"}), sandbox_log(folder));
  const std::string address = sandbox.await("listening ");
  ASSERT_NE(address, "") << sandbox.log();
  const HttpResponse metrics = fetch({.url = "http://" + address + "/metrics"});
  ASSERT_EQ(metrics.status, 200);
  const std::string text = folder.write("metrics.txt", metrics.body);
  const std::string said = folder.path() + "/promtool.log";
  Child promtool({"/bin/sh", "-c", "promtool check metrics < " + text}, said);
  EXPECT_EQ(promtool.wait(), 0) << promtool.log();
  EXPECT_EQ(promtool.log(), "");
}

TEST(SlowSandbox, ReplaysATrace) {
  const TempFolder folder;
  const std::string trace = folder.write("trace.csv", "timestamp,mbps\n0,30\n300,50\n600,40\n");
  Child sandbox(sandbox_command({"--instances", "1", "--month", "24h", "--trace", trace}),
                sandbox_log(folder));
  const std::string address = sandbox.await("listening ");
  ASSERT_NE(address, "") << sandbox.log();
  const HttpResponse fleet = fetch({.url = "http://" + address + "/sandbox/instances"});
  const Result<JsonDocument> json = JsonDocument::parse(fleet.body);
  ASSERT_TRUE(json);
  const JsonValue it = json->root()["instances"].items().front();
  EXPECT_EQ(it["cap_mbps"].integer(), 40);
  EXPECT_GE(it["demand_mbps"].number(), 30);
  EXPECT_LE(it["demand_mbps"].number(), 50);
}

TEST(SlowSandbox, SaysWhyItCannotStart) {
  const TempFolder folder;
  Child first(sandbox_command(), sandbox_log(folder));
  const std::string address = first.await("listening ");
  ASSERT_NE(address, "");
  struct Case {
    std::vector<std::string> argv;
    std::string message;
  };
  for (const Case& c : std::vector<Case>{
           {{testing::kBinary, "sandbox", "--listen", address}, "Address already in use"},
           {sandbox_command({"--trace", "/nonexistent.csv"}), "/nonexistent.csv"},
           {sandbox_command({"--month", "10ms"}), "month"}}) {
    Child second(c.argv, folder.path() + "/second.log");
    EXPECT_NE(second.wait(), 0) << c.message;
    EXPECT_NE(second.log().find(c.message), std::string::npos) << second.log();
  }
}

TEST(SlowServer, SpeaksTls) {
  const TempFolder folder;
  const std::string cert = folder.path() + "/cert.pem";
  const std::string key = folder.path() + "/key.pem";
  Child openssl({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                 "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert},
                folder.path() + "/openssl.log");
  ASSERT_EQ(openssl.wait(), 0) << openssl.log();
  const HttpServer::Handler handler = [](const ServerRequest& request) {
    ServerResponse response;
    response.body = request.method + " " + request.path + " " + request.body;
    if (request.path == "/late") response.delay = 100ms;
    return response;
  };
  const auto server = HttpServer::start({.tls_cert_file = cert, .tls_key_file = key}, handler);
  ASSERT_TRUE(server) << server.error().message;
  const std::string url = "https://" + (*server)->address();
  HttpRequest request{.method = "POST", .url = url + "/a", .body = std::string(200'000, 'x')};
  request.tls.ca_file = cert;
  const HttpResponse answer = fetch(request);
  EXPECT_EQ(answer.status, 200) << answer.failure;
  EXPECT_EQ(answer.body, "POST /a " + request.body);
  request.url = url + "/late";
  EXPECT_EQ(fetch(request).status, 200);
  // Who does not know the certificate does not talk; who speaks plain text gets nothing.
  EXPECT_EQ(fetch({.url = url + "/"}).status, 0);
  EXPECT_EQ(fetch({.url = "http://" + (*server)->address() + "/"}).status, 0);
  const auto mixed = HttpServer::start({.tls_cert_file = key, .tls_key_file = cert}, handler);
  ASSERT_FALSE(mixed);
  EXPECT_NE(mixed.error().message.find("not a certificate"), std::string::npos);
}

}  // namespace
}  // namespace penstock
