// What a price answer means is found out once, not after every start again.
#include "daemon/quote_finding.h"

#include <gtest/gtest.h>

#include "daemon/cloud_quoter.h"
#include "tests/testing/scripted_cloud.h"
#include "tests/testing/sim_world.h"

namespace penstock {
namespace {

using testing::SimWorld;

const QuoteFinding kFound{"main", Product::kBmc, PrepaidQuote::kMonthlyDifference,
                          "the upgrade from 10 to 20 Mbps cost 5.00 USD: a third"};

TEST(QuoteFinding, ReadsBackOrIsFoundOutAnew) {
  EXPECT_EQ(parse_quote_finding("main", to_text(kFound)), kFound);
  for (const char* text : {"", "vm", "vm due", "vm auto: so", "vm dew: so", "tape due: so",
                           "vm: due", ": ", "vm  due: so"}) {
    EXPECT_FALSE(parse_quote_finding("main", text)) << text;
  }
}

TEST(QuoteFinding, IsJournalledOnceAndToldAfterAStart) {
  SimWorld world;
  world.quoter.found = {kFound};
  world.start();
  world.run(1min);
  world.restart();
  EXPECT_EQ(world.quoter.remembered, (std::vector{kFound}));
  world.run(1min);
  const auto events = world.journal->events({});
  ASSERT_TRUE(events);
  EXPECT_EQ(std::ranges::count(*events, kQuoteFound, &EventRow::kind), 1);
}

TEST(QuoteFinding, TheNewestCounts) {
  SimWorld world;
  QuoteFinding later = kFound;
  later.quote = PrepaidQuote::kDue;
  world.start();
  for (const QuoteFinding& each : {kFound, later}) {
    world.quoter.found = {each};
    world.run(1min);
  }
  world.restart();
  EXPECT_EQ(world.quoter.remembered, (std::vector{later, kFound}));
}

TEST(QuoteFinding, IsKnownToTheQuoterUnlessOtherwiseConfigured) {
  testing::ScriptedCloud cloud;
  AccountConfig account;
  account.name = "main";
  CloudQuoter quoter(cloud, {account});
  quoter.remember(kFound);
  QuoteFinding older = kFound;
  older.quote = PrepaidQuote::kDue;
  quoter.remember(older);
  EXPECT_EQ(quoter.meaning("main", Product::kBmc), kFound.quote);
  EXPECT_EQ(quoter.meaning("main", Product::kVm), PrepaidQuote::kAuto);
  EXPECT_TRUE(quoter.take_findings().empty()) << "it is in the journal already";
  account.prepaid_quote = PrepaidQuote::kMonthlyTotal;
  CloudQuoter configured(cloud, {account});
  configured.remember(kFound);
  EXPECT_EQ(configured.meaning("main", Product::kBmc), PrepaidQuote::kMonthlyTotal);
}

}  // namespace
}  // namespace penstock
