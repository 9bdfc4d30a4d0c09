// ApiFixture: an Api over a temporary journal and control folder, with a fleet to show.
//
//   TEST_F(ApiTest, …) { publish(); EXPECT_EQ(get("/api/v1/status").status, 200); }
//
// Its token is "s3cret", its time five seconds after the fleet's snapshot. Single-threaded.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/api.h"
#include "daemon/json.h"
#include "daemon/sqlite_journal.h"
#include "tests/testing/child.h"
#include "tests/testing/fleet_snapshot.h"
#include "tests/testing/virtual_clock.h"

namespace penstock::testing {

class ApiFixture : public ::testing::Test {
 protected:
  ApiFixture() {
    AccessRules access;
    access.hosts = {"penstock.example"};
    access.tokens.push_back({{std::string(kPlainTokenName),
                              "api-token",
                              {TokenScope::kRead, TokenScope::kOperate, TokenScope::kApprove}},
                             [this]() -> Result<Secret> {
                               if (token_.empty())
                                 return Error{
                                     ErrorKind::kInvalid, "api-token: no such file", {}, {}};
                               return Secret(token_);
                             }});
    auto journal = SqliteJournal::open(folder_.path() + "/journal.db");
    EXPECT_TRUE(journal);
    journal_ = *std::move(journal);
    api_ = std::make_unique<Api>(
        ApiOptions{"1.2.3", std::move(access)},
        ApiWorld{board_, instruments_, clock_, journal_.get(), pauses_, mailbox_, desk_});
  }

  void publish() { board_.publish(std::make_shared<const Snapshot>(fleet_snapshot())); }

  ServerRequest request(const std::string& method, const std::string& path) const {
    ServerRequest made;
    made.method = method;
    made.path = path;
    made.headers = {{"Host", "127.0.0.1:19610"}};
    made.peer = "127.0.0.1";
    return made;
  }
  ServerResponse get(const std::string& path,
                     std::vector<std::pair<std::string, std::string>> query = {}) const {
    ServerRequest made = request("GET", path);
    made.query = std::move(query);
    return api_->answer(made);
  }
  ServerResponse post(const std::string& path, const std::string& body) const {
    ServerRequest made = request("POST", path);
    made.headers.emplace_back("Authorization", "Bearer s3cret");
    made.headers.emplace_back("Content-Type", "application/json");
    made.body = body;
    return api_->answer(made);
  }
  static JsonDocument parse(const ServerResponse& response) {
    Result<JsonDocument> document = JsonDocument::parse(response.body);
    EXPECT_TRUE(document) << response.body;
    return *std::move(document);
  }

  std::string token_ = "s3cret";
  TempFolder folder_;
  SnapshotBoard board_;
  Instruments instruments_{"1.2.3"};
  VirtualClock clock_{fleet_snapshot_at() + 5s};
  std::unique_ptr<SqliteJournal> journal_;
  Pauses pauses_{folder_.path()};
  Mailbox mailbox_;
  ExplainDesk desk_;
  std::unique_ptr<Api> api_;
};

}  // namespace penstock::testing
