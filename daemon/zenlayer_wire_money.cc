// The part of the wire format that is about money: prices, balance, transactions.
#include "daemon/zenlayer_wire.h"

namespace penstock::wire {
namespace {

constexpr std::size_t kMaxItems = 64;
constexpr std::size_t kMaxText = 128;

/// Not negative: the API knows no negative price, and one would buy anything.
std::optional<Money> price(JsonValue value) {
  const auto decimal = value.decimal();
  const auto money = decimal ? parse_money_amount(*decimal) : std::nullopt;
  return money && money->micros() >= 0 ? money : std::nullopt;
}

std::optional<Money> amount(JsonValue value) {
  const auto decimal = value.decimal();
  return decimal ? parse_money_amount(*decimal) : std::nullopt;
}

std::string text(JsonValue value) {
  return std::string(value.string().value_or("").substr(0, kMaxText));
}

/// An order number, which some services write as a number.
std::string order_of(JsonValue value) {
  const auto number = value.is_string() ? std::nullopt : value.integer();
  return number ? std::to_string(*number) : text(value);
}

PriceAnswer::Item read_item(JsonValue row) {
  PriceAnswer::Item item;
  item.original_price = price(row["originalPrice"]);
  item.discount_price = price(row["discountPrice"]);
  item.unit_price = price(row["unitPrice"]);
  item.discount_unit_price = price(row["discountUnitPrice"]);
  item.charge_unit = text(row["chargeUnit"]);
  item.amount_unit = text(row["amountUnit"]);
  for (const JsonValue step : row["stepPrices"].items()) {
    const auto from = step["stepStart"].integer();
    if (!from || *from < 0 || item.steps.size() >= kMaxItems) continue;
    const auto to = step["stepEnd"].integer();
    item.steps.push_back({.from = Mbps{*from},
                          .to = to ? std::optional(Mbps{*to}) : std::nullopt,
                          .unit_price = price(step["unitPrice"]),
                          .discount_unit_price = price(step["discountUnitPrice"])});
  }
  return item;
}

}  // namespace

PriceAnswer read_price(JsonValue response) {
  PriceAnswer answer;
  // The tables say a list, one of the vendor's own examples a bare object.
  const JsonValue value = response["bandwidthPrice"];
  const std::vector<JsonValue> rows =
      value.is_object() ? std::vector<JsonValue>{value} : value.items();
  for (const JsonValue row : rows) {
    if (row.is_object() && answer.items.size() < kMaxItems) answer.items.push_back(read_item(row));
  }
  return answer;
}

Result<Balance> read_balance(JsonValue response) {
  std::optional<Money> power = amount(response["purchasingPower"]);
  const auto cash = amount(response["cashBalance"]), credit = amount(response["creditValue"]);
  if (!power && cash && credit) power = *cash + *credit;
  if (!power) {
    return Error{.kind = ErrorKind::kTransient,
                 .message = "the balance is missing from the answer",
                 .code = {},
                 .request_id = {}};
  }
  // Whether the purchasing power already excludes frozen amounts is not documented: assume not.
  const Money frozen = price(response["orderFrozenAmount"]).value_or(Money{});
  return Balance{.purchasing_power = *power - frozen};
}

Result<TransactionPage> read_transactions(JsonValue response) {
  TransactionPage page;
  page.total = response["totalCount"].integer();
  const JsonValue list = response["dataSet"];
  if (!list.is_array() && page.total != 0) {
    return Error{.kind = ErrorKind::kTransient,
                 .message = "the list of transactions is missing from the answer",
                 .code = {},
                 .request_id = {}};
  }
  for (const JsonValue row : list.items()) {
    ++page.rows;
    const auto at = parse_time(row["transactionTime"].string().value_or(""));
    const auto money = amount(row["amount"]);
    if (!at || !money) continue;
    std::string order = order_of(row["orderSn"]);
    page.keys.push_back(text(row["tradeNo"]) + "|" + order + "|" + format(*at) + "|" +
                        text(row["transactionType"]) + "|" + format_amount(*money) + "|" +
                        row["cashBalance"].decimal().value_or(""));
    page.transactions.push_back({.order_number = std::move(order),
                                 .at = *at,
                                 .amount = *money,
                                 .type = text(row["transactionType"])});
  }
  return page;
}

}  // namespace penstock::wire
