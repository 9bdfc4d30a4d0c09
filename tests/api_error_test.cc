#include "daemon/api_error.h"

#include <gtest/gtest.h>

#include "daemon/account.h"

namespace penstock {
namespace {

using enum ErrorClass;
using enum ErrorKind;

struct CodeCase {
  const char* wire;
  int status;
  ErrorClass what;
  ErrorKind read, change;
};

TEST(ApiError, EveryCodeHasItsConsequence) {
  const CodeCase cases[] = {
      {"REQUEST_LIMIT_EXCEEDED", 429, kRetry, kTransient, kTransient},
      {"", 429, kRetry, kTransient, kTransient},
      {"SERVICE_TEMPORARY_UNAVAILABLE", 503, kRetry, kTransient, kUnknownOutcome},
      {"INTERNAL_SERVER_ERROR", 500, kRetry, kTransient, kUnknownOutcome},
      {"REQUEST_TIMED_OUT", 400, kRetry, kTransient, kUnknownOutcome},
      {"NETWORK_ERROR", 0, kRetry, kTransient, kUnknownOutcome},
      {"JSON_PARSE_FAILED", 200, kRetry, kTransient, kUnknownOutcome},
      {"", 502, kRetry, kTransient, kUnknownOutcome},
      {"", 504, kRetry, kTransient, kUnknownOutcome},
      {"", 404, kPermanent, kRefused, kUnknownOutcome},
      {"", 302, kRetry, kTransient, kUnknownOutcome},
      {"", 401, kAuth, kRefused, kUnknownOutcome},
      {"SECURITY_CHALLENGE", 403, kPermanent, kRefused, kRefused},
      {"REQUEST_BLOCKED", 451, kPermanent, kRefused, kRefused},
      {"AUTHFAILURE_SIGNATURE_EXPIRED", 400, kAuth, kRefused, kRefused},
      {"AuthFailure.Signature.Failure", 401, kAuth, kRefused, kRefused},
      {"AUTHFAILURE_SOMETHING_NEW", 403, kAuth, kRefused, kRefused},
      {"MISSING_PARAMETER", 400, kPermanent, kInvalid, kInvalid},
      {"INVALID_PARAMETER_LESS_MINIMUM", 400, kPermanent, kInvalid, kInvalid},
      {"INVALID_PARAMETER_BANDWIDTH_EXCEED", 400, kPermanent, kInvalid, kInvalid},
      {"INVALID_INSTANCE_NOT_FOUND", 404, kState, kRefused, kTransient},
      {"Invalid.Instance.Not.Found", 404, kState, kRefused, kTransient},
      {"OPERATION_DENIED_INSTANCE_NOT_RUNNING", 403, kState, kRefused, kTransient},
      {"OPERATION_DENIED_INSTANCE_BANDWIDTH_PROCESSING", 403, kState, kRefused, kTransient},
      {"OPERATION_FAILED_INSTANCE_BANDWIDTH_PROCESSING", 403, kState, kRefused, kTransient},
      {"OPERATION_DENIED_INSTANCE_EXIST_PLAN_BANDWIDTH", 403, kState, kRefused, kTransient},
      {"OPERATION_DENIED_INTERNET_CHARGE_TYPE_NOT_SUPPORT", 403, kState, kRefused, kTransient},
      {"OPERATION_FILED_INTERNET_CHARGE_TYPE_NOT_SUPPORT", 400, kPermanent, kRefused, kRefused},
      {"ORDER_UNPROCESSED_ORDERS_FOR_THIS_RESOURCE", 400, kMoney, kRefused, kRefused},
      {"INVALID_ORDER_NOT_FOUND", 404, kState, kRefused, kTransient},
      {"OPERATION_DENIED_ACCOUNT_BALANCE_NOT_ENOUGH", 400, kMoney, kRefused, kRefused},
      {"ACCOUNT_CREDITS_EXHAUSTED", 403, kMoney, kRefused, kRefused},
      {"INSUFFICIENT_PURCHASING_POWER", 400, kMoney, kRefused, kRefused},
      {"RESOURCE_INSUFFICIENT_PRODUCT_SOLD_OUT", 400, kPermanent, kRefused, kRefused},
      {"INVALID_BORDER_GATEWAY", 400, kPermanent, kRefused, kRefused},
      {"OPERATION_DENIED_EIP_STATUS_NOT_SUPPORT", 500, kRetry, kTransient, kUnknownOutcome},
      {"SOMETHING_NEW", 400, kPermanent, kRefused, kRefused},
      {"SOMETHING_NEW", 500, kRetry, kTransient, kUnknownOutcome},
      {"SOMETHING_NEW", 200, kRetry, kTransient, kUnknownOutcome},
      {"SUCCESS", 200, kRetry, kTransient, kUnknownOutcome},
  };
  const AccountConfig account;
  for (const CodeCase& c : cases) {
    const std::string code = normalise_code(c.wire);
    const ErrorClass what = classify(code, c.status, account.money_words);
    EXPECT_EQ(what, c.what) << c.wire << " " << c.status << " is " << to_string(what);
    EXPECT_EQ(kind_of(code, c.status, what, Effect::kRead), c.read) << c.wire << " " << c.status;
    EXPECT_EQ(kind_of(code, c.status, what, Effect::kChange), c.change)
        << c.wire << " " << c.status;
  }
}

TEST(ApiError, SpellingsAreFolded) {
  EXPECT_EQ(normalise_code("OPERATION_FAILED_INSTANCE_BANDWIDTH_PROCESSING"),
            "OPERATION_DENIED_INSTANCE_BANDWIDTH_PROCESSING");
  EXPECT_EQ(normalise_code("OPERATION_FILED_INSTANCE_NOT_EXIST_TRAFFIC_PACKAGE"),
            "OPERATION_FAILED_INSTANCE_NOT_EXIST_TRAFFIC_PACKAGE");
  EXPECT_EQ(normalise_code("FAILED_OPERATION_FOR_RECYCLE_RESOURCE"),
            "OPERATION_FAILED_FOR_RECYCLE_RESOURCE");
  EXPECT_EQ(normalise_code("Operation.Denied.Downgrade.Not.Exist"), kCodeDowngradeNotExist);
  EXPECT_EQ(normalise_code(""), "");
  EXPECT_EQ(normalise_code("evil\n\"code\xff"), "EVIL__CODE_");
  EXPECT_EQ(normalise_code(std::string(500, 'x')).size(), 96U);
  EXPECT_EQ(normalise_code("OPERATION_FILED_REQUEST_" + std::string(500, 'x')).size(), 96U);
}

TEST(ApiError, SomeRefusalsMeanThatItIsDone) {
  EXPECT_TRUE(means_done(kCodeDowngradeNotExist));
  EXPECT_TRUE(means_done("INVALID_CLUSTER_BANDWIDTH_UNMODIFIED"));
  EXPECT_TRUE(means_done("INVALID_BANDWIDTH_NOT_CHANGED"));
  EXPECT_FALSE(means_done("OPERATION_DENIED_INSTANCE_NOT_RUNNING"));
}

TEST(ApiError, LabelsAreBounded) {
  EXPECT_EQ(code_label("INVALID_INSTANCE_NOT_FOUND"), "INVALID_INSTANCE_NOT_FOUND");
  EXPECT_EQ(code_label("502"), "502");
  EXPECT_EQ(code_label("200"), "200");
  EXPECT_EQ(code_label("CODE_INVENTED_BY_A_SERVER_17"), "OTHER");
  EXPECT_EQ(code_label(""), "OTHER");
}

TEST(ApiError, ShortMoneyIsRecognisedWithoutACode) {
  const AccountConfig account;
  const auto refused = [](const char* code) {
    return Error{.kind = kRefused, .message = "no", .code = code, .request_id = ""};
  };
  const Money price = Money::from_units(80);
  const auto is_short = [&](const Error& error, std::optional<Money> power) {
    return short_of_money(error, price, power, account.money_words);
  };
  EXPECT_TRUE(is_short(refused("NEW_CODE"), Money::from_units(79)));
  EXPECT_FALSE(is_short(refused("NEW_CODE"), Money::from_units(80)));
  EXPECT_FALSE(is_short(refused("NEW_CODE"), std::nullopt));
  EXPECT_FALSE(is_short(refused("INVALID_ZONE_NOT_FOUND"), Money::from_units(1)));
  EXPECT_TRUE(is_short(refused("BALANCE_SHORT"), std::nullopt));
}

}  // namespace
}  // namespace penstock
